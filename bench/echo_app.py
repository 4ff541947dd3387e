"""The baseline of the webhook benchmark: Litestar on Granian, answering what it was sent. Nothing is kept."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar, Request, post


@post("/echo", status_code=200)
async def echo(request: Request[Any, Any, Any]) -> dict[str, int]:
    return {"bytes": len(await request.body())}


async def main(port: int) -> None:
    server = Server(
        Litestar([echo], openapi_config=None),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    print("echo: up", flush=True)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
