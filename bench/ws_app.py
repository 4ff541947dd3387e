"""The baseline of the live board benchmark: Litestar on Granian, telling every socket what was posted."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Request, WebSocket, post, websocket

SOCKETS: set[WebSocket[Any, Any, Any]] = set()


@websocket("/ws/board")
async def board(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    SOCKETS.add(socket)
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
    finally:
        SOCKETS.discard(socket)


@post("/say", status_code=200)
async def say(request: Request[Any, Any, Any]) -> dict[str, int]:
    text = (await request.body()).decode()
    await asyncio.gather(*(socket.send_text(text) for socket in SOCKETS))
    return {"told": len(SOCKETS)}


async def main(port: int) -> None:
    server = Server(
        Litestar([board, say], openapi_config=None),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
        backlog=1024,
        backpressure=4096,
    )
    print("ws_app: up", flush=True)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
