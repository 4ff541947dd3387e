"""Reading requests: bodies within size and time, JSON by the strict reader, shapes by pydantic."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any, Final

from litestar import Request
from litestar.config.app import AppConfig
from litestar.exceptions import ClientException, InternalServerException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.plugins import InitPlugin
from litestar.plugins.pydantic import PydanticPlugin
from pydantic import BaseModel

from opsroom.app.edge.problems import TooSlow, UnsupportedMedia
from opsroom.kernel.errors import Malformed, TooLarge
from opsroom.kernel.shape import parse
from opsroom.kernel.strict_json import read_json

_DRAINED_BYTES: Final = 8_388_608
_DRAIN_S: Final = 2.0
# An upload may take the time a body may take, and what its bytes take at this speed besides.
_SLOWEST_BYTES_PER_S: Final = 16_384


class EdgeRequest(Request[Any, Any, Any]):
    """Litestar's request with our way of reading a body."""

    async def body(self) -> bytes:
        """The whole body. Raises TooLarge, TooSlow or Malformed; each before any handler has run."""
        try:
            async with asyncio.timeout(_deadline_s(self)):
                return await super().body()
        except TimeoutError as error:
            raise TooSlow("The body did not arrive in time; nothing was done.") from error
        except RequestEntityTooLarge as error:
            await self._drain()
            most = self.route_handler.resolve_request_max_body_size()
            raise TooLarge(f"The body is larger than the {most} bytes this address takes.") from error
        except ClientException as error:
            raise Malformed(error.detail) from error
        except InternalServerException as error:
            raise Malformed("The connection ended before the body did.") from error

    async def stream(self) -> AsyncGenerator[bytes, None]:
        """The body as it arrives. Of routes that read forms (`opt["multipart"]`) within a time.

        Raises TooLarge, TooSlow, Malformed, and UnsupportedMedia for what is no form.
        """
        pieces = super().stream()
        if "multipart" not in self.route_handler.opt:
            async for piece in pieces:
                yield piece
            return
        if self.content_type[0] != "multipart/form-data":
            sent = self.content_type[0][:80] or "a body without Content-Type"
            raise UnsupportedMedia(f"This address reads multipart/form-data, not {sent}.")
        until = time.monotonic() + _deadline_s(self)
        while True:
            try:
                async with asyncio.timeout(max(until - time.monotonic(), 0.0)):
                    piece = await anext(pieces, None)
            except TimeoutError as error:
                raise TooSlow("The file arrives too slowly; nothing was kept.") from error
            except RequestEntityTooLarge as error:
                await self._drain()
                most = self.route_handler.resolve_request_max_body_size()
                raise TooLarge(f"The upload is larger than the {most} bytes this address takes.") from error
            except InternalServerException as error:
                raise Malformed("The connection ended before the upload did.") from error
            if piece is None:
                return
            until += len(piece) / _SLOWEST_BYTES_PER_S
            yield piece

    async def _drain(self) -> None:
        """Let a client that is still sending finish, within reason: hung up on, it never reads our answer."""
        left = _DRAINED_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_S):
                while left > 0:
                    message = await self.receive()
                    if message["type"] != "http.request" or not message["more_body"]:
                        return
                    left -= len(message["body"])

    async def json(self) -> Any:
        """The JSON body by the strict reader."""
        body = await self.body()
        media_type = self.content_type[0]
        if body and media_type != "application/json" and not media_type.endswith("+json"):
            sent = media_type[:80] or "a body without Content-Type"
            raise UnsupportedMedia(f"This address reads application/json, not {sent}.")
        return read_json(body)


def _deadline_s(request: EdgeRequest) -> float:
    return float(request.app.state.body_deadline_s)


class Shapes(PydanticPlugin):
    """The framework's pydantic plugin with our reading: it would tell of mistakes in words of its own."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        """Called by Litestar; what a plugin adds to the list is called after those already in it."""
        super().on_app_init(app_config)
        app_config.plugins.append(_OurReading())
        return app_config


class _OurReading(InitPlugin):
    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.type_decoders = [(is_shape, read_shape), *(app_config.type_decoders or ())]
        return app_config


def is_shape(annotation: object) -> bool:
    """Is it a pydantic model, which we parse ourselves?"""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def read_shape(shape: type[BaseModel], value: object) -> BaseModel:
    """A body as its shape. Raises Invalid listing every problem at once."""
    return parse(shape, value, what="The body")
