"""The folder channel: each output becomes a file, complete or not there at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex
from typing import IO

from pydantic import ConfigDict

from opsroom.artifacts.api import safe_name
from opsroom.delivery.channels.render import file_names, path_segments
from opsroom.delivery.channels.spool import spooled
from opsroom.delivery.ports import (
    Capabilities,
    Channel,
    ChannelParts,
    Job,
    Link,
    NothingToSend,
    PlannedItem,
    Receipt,
)
from opsroom.delivery.shapes import DeliveryOrder, OutputRef
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.shape import Shape, parse

ADAPTER = "folder"
_HASH_BYTES = 1024 * 1024


class FolderOptions(Shape):
    """The `folder` block of an agent file's `delivery`; the channel is on without one."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # an unknown option must not stop a delivery

    path_template: str = "{agent_name}/{client_id}/{run_id}"


class FolderChannel:
    """Fulfils `Channel`. A template without {run_id} makes a "latest" folder: files are replaced."""

    name = ADAPTER
    capabilities = Capabilities()

    def __init__(self, base: Path) -> None:
        self._base = base

    def plan(self, order: DeliveryOrder, links: Sequence[Link]) -> list[PlannedItem]:
        options = parse(FolderOptions, dict(order.channels.get(self.name, {})), what="delivery.folder")
        if not order.outputs:
            raise NothingToSend("The run has no outputs.")
        what = "delivery.folder.path_template"
        path = [safe_name(step) for step in path_segments(options.path_template, order, what=what)]
        return [
            PlannedItem(
                key=f"file:{name}",
                kind="file",
                label=name,
                body={"path": "/".join([*path, name])},
                output=output,
            )
            for output, name in zip(order.outputs, file_names(order.outputs), strict=True)
        ]

    async def find(self, item: PlannedItem, job: Job) -> Receipt | None:
        output, path = _output(item), self._path(item)
        return _receipt(path) if await asyncio.to_thread(_is_there, path, output) else None

    async def send(self, item: PlannedItem, job: Job) -> Receipt:
        output, path = _output(item), self._path(item)
        async with spooled(job.blobs, output, adapter=ADAPTER) as content:
            try:
                await asyncio.to_thread(_write, path, content)
            except OSError as error:
                why = error.strerror or str(error)
                text = f"{path} cannot be written: {why}. Check the space and the rights of the data folder."
                raise AdapterError(text, adapter=ADAPTER, permanent=False) from error
        return _receipt(path)

    def _path(self, item: PlannedItem) -> Path:
        """Every step was made safe when planned; that it stays inside is checked all the same."""
        path = self._base.joinpath(*str(item.body["path"]).split("/"))
        if not path.resolve().is_relative_to(self._base.resolve()):
            text = f"{item.body['path']!r} would lie outside the folder for deliveries."
            raise AdapterError(text, adapter=ADAPTER, permanent=True)
        return path


def _output(item: PlannedItem) -> OutputRef:
    if item.output is None:
        raise AdapterError("A file without an output was planned.", adapter=ADAPTER, permanent=True)
    return item.output


def _is_there(path: Path, output: OutputRef) -> bool:
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while piece := file.read(_HASH_BYTES):
                digest.update(piece)
    except OSError:
        return False
    return digest.hexdigest() == output.sha256


def _write(path: Path, content: IO[bytes]) -> None:
    """Beside its place first, then moved: nobody ever sees half a file, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{token_hex(8)}.part")
    try:
        with partial.open("xb") as file:
            shutil.copyfileobj(content, file, _HASH_BYTES)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _receipt(path: Path) -> Receipt:
    return Receipt(id=str(path))


def build(parts: ChannelParts) -> Channel:
    """The entry point."""
    return FolderChannel(parts.data_dir / "delivered")
