"""The files of a session: a listing that lags behind its end, and downloads as streams."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import anthropic

from opsroom.kernel.clock import Clock
from opsroom.kernel.shape import Json
from opsroom.runs.engines.anthropic_managed.mapping import count
from opsroom.runs.engines.anthropic_managed.wire import AnthropicFault, Wire, told_as_ours
from opsroom.runs.engines.clean import as_text
from opsroom.runs.ports import RemoteOutput

_CHUNK = 64 * 1024


async def complete_listing(
    wire: Wire, clock: Clock, session_id: str, betas: Sequence[str]
) -> list[RemoteOutput]:
    """The outputs, once the listing has been quiet for long enough; empty when it stays so."""
    settings = wire.settings
    began = quiet_since = clock.monotonic()
    last: list[RemoteOutput] = []
    while True:
        listed = await _listing(wire, session_id, betas)
        now = clock.monotonic()
        if listed != last:
            last, quiet_since = listed, now
        if last and now - quiet_since >= settings.outputs_quiet_s:
            return last
        if not last and now - began >= settings.outputs_empty_s:
            return []
        await clock.sleep(settings.outputs_poll_s)


async def _listing(wire: Wire, session_id: str, betas: Sequence[str]) -> list[RemoteOutput]:
    files = wire.client.beta.files.with_raw_response
    found: list[RemoteOutput] = []
    async for page in wire.pages(
        "list the files of a session",
        lambda cursor: files.list(scope_id=session_id, limit=100, betas=_named(betas), page=cursor),
    ):
        # What was mounted into the session is listed as well; only what it made can be downloaded.
        found += [
            _output(file) for file in page.items if file.get("id") and file.get("downloadable") is not False
        ]
    return found


def _output(file: Json) -> RemoteOutput:
    file_id = as_text(file.get("id"), 500)
    return RemoteOutput(
        output_id=file_id,
        name=as_text(file.get("filename"), 4_096) or file_id,
        media_type=as_text(file.get("mime_type"), 200) or None,
        size_bytes=count(file.get("size_bytes")),
    )


async def download(wire: Wire, output: RemoteOutput, betas: Sequence[str]) -> AsyncGenerator[bytes, None]:
    """The bytes of one file. Raises AdapterError when fewer or more come than were announced."""
    doing = f"download {output.name[:200]!r}"
    files = wire.client.beta.files.with_streaming_response
    total = 0
    with told_as_ours(doing):
        async with files.download(output.output_id, betas=_named(betas)) as response:
            async for chunk in response.iter_bytes(_CHUNK):
                total += len(chunk)
                yield chunk
    if output.size_bytes is not None and total != output.size_bytes:
        message = f"Anthropic sent {total:,} bytes of {output.name[:200]!r}, which has {output.size_bytes:,}."
        raise AnthropicFault(message)


def _named(betas: Sequence[str]) -> Any:
    return list(betas) or anthropic.omit
