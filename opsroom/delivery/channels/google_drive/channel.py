"""The Drive channel: the folder of the template, then one file per output."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from pydantic import ConfigDict

from opsroom.delivery.channels.google_drive.client import ADAPTER, FOLDER, DriveClient, File
from opsroom.delivery.channels.google_drive.settings import GoogleSettings
from opsroom.delivery.channels.render import (
    check_names,
    distinct,
    file_names,
    fill,
    one_line,
    path_segments,
    split_extension,
    values_of,
)
from opsroom.delivery.channels.spool import spooled
from opsroom.delivery.ports import (
    Capabilities,
    Channel,
    ChannelParts,
    Job,
    Link,
    Memory,
    NothingToSend,
    PlannedItem,
    Receipt,
)
from opsroom.delivery.shapes import DeliveryOrder
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.shape import Json, Shape, parse

_FOLDER = "folder"
_RUN_PROPERTY = "opsroom_run"
_ITEM_PROPERTY = "opsroom_item"
_FOLDER_PROPERTY = "opsroom_folder"


class DriveOptions(Shape):
    """The `google_drive` block of an agent file's `delivery`."""

    model_config = ConfigDict(frozen=True, extra="ignore")  # an unknown option must not stop a delivery

    folder_template: str = "/Clients/{client_name}/"
    file_name_template: str | None = None
    root_folder_id: str | None = None


class DriveChannel:
    """Fulfils `Channel`."""

    name = ADAPTER
    capabilities = Capabilities(provides_links=True)

    def __init__(self, settings: GoogleSettings) -> None:
        self._connected = settings.service_account_json_path is not None
        self._root = settings.drive_root_folder_id or "root"
        self._client = DriveClient(settings)
        self._roots: dict[str, File] = {}

    async def check(self) -> str:
        if not self._connected:
            return "not connected (GOOGLE_SERVICE_ACCOUNT_JSON_PATH is not set)"
        folder = await self._root_folder(self._root)
        place = (
            "on a shared drive"
            if folder.get("driveId")
            else "in My Drive, where uploads of a service account fail"
        )
        return f"connected; the root folder is {folder.get('name')!r}, {place}"

    # Planning

    def plan(self, order: DeliveryOrder, links: Sequence[Link]) -> list[PlannedItem]:
        options = parse(DriveOptions, dict(order.channels.get(self.name, {})), what="delivery.google_drive")
        if not order.outputs:
            raise NothingToSend("The run has no outputs to upload.")
        segments = path_segments(options.folder_template, order, what="delivery.google_drive.folder_template")
        root = options.root_folder_id or self._root
        place: Json = {"root_folder_id": root, "path": segments}
        label = "/".join(segments) or "The root folder"
        items = [PlannedItem(key=_FOLDER, kind="folder", label=label, body=place)]
        for output, name in zip(order.outputs, _names(order, options.file_name_template), strict=True):
            item = PlannedItem(
                key=f"file:{name}",
                kind="file",
                label=one_line(output.title or name, 200),
                body={**place, "name": name, "mimeType": output.media_type},
                output=output,
                requires=(_FOLDER,),
            )
            items.append(item)
        return items

    # Finding and sending

    async def find(self, item: PlannedItem, job: Job) -> Receipt | None:
        root = str(item.body["root_folder_id"])
        if item.kind == "folder":
            folder = await self._folder_there(root, _path(item), job.memory)
            return _receipt(folder) if folder else None
        query = f"{_has(_ITEM_PROPERTY, _short(item.marker))} and trashed = false"
        found = await asyncio.to_thread(self._client.search, query, await self._drive_id(root))
        return _receipt(found[0]) if found else None

    async def send(self, item: PlannedItem, job: Job) -> Receipt:
        root = str(item.body["root_folder_id"])
        if item.kind == "folder":
            return _receipt(await self._ensure_folder(root, _path(item), job.memory))
        output = item.output
        if output is None:
            raise AdapterError("A file without an output was planned.", adapter=ADAPTER, permanent=True)
        parent = job.receipts[_FOLDER].id
        properties = {_RUN_PROPERTY: job.owner_id, _ITEM_PROPERTY: _short(item.marker)}
        name, media_type = str(item.body["name"]), output.media_type
        async with spooled(job.blobs, output, adapter=ADAPTER) as content:
            made = await asyncio.to_thread(self._client.upload, content, name, media_type, parent, properties)
        return _receipt(made)

    # Folders: one per path, however many runs want it at once

    async def _folder_there(self, root: str, path: Sequence[str], memory: Memory) -> File | None:
        """The remembered folder of `path`, if it still exists."""
        if not path:
            return await self._root_folder(root)
        known = await memory.recall(_memory_key(root, path))
        return await asyncio.to_thread(self._client.file, known) if known else None

    async def _ensure_folder(self, root: str, path: Sequence[str], memory: Memory) -> File:
        folder = await self._folder_there(root, path, memory)
        if folder is not None:
            return folder
        # Names are not unique in Drive: two who look first and create then make two folders.
        async with memory.holding(f"tree:{root}"):
            parent = await self._root_folder(root)
            for depth in range(1, len(path) + 1):
                parent = await self._ensure_level(root, path[:depth], str(parent["id"]), memory)
        return parent

    async def _ensure_level(self, root: str, path: Sequence[str], parent: str, memory: Memory) -> File:
        folder = await self._folder_there(root, path, memory)
        if folder is not None:
            return folder
        mark = _short("/".join(path))
        # By our mark too, so that a folder people have renamed is still the one.
        named = f"(name = '{_quoted(path[-1])}' or {_has(_FOLDER_PROPERTY, mark)})"
        query = f"'{_quoted(parent)}' in parents and mimeType = '{FOLDER}' and trashed = false and {named}"
        found = await asyncio.to_thread(self._client.search, query, await self._drive_id(root))
        if found:
            folder = found[0]
        else:
            folder = await asyncio.to_thread(
                self._client.create_folder, path[-1], parent, {_FOLDER_PROPERTY: mark}
            )
        await memory.remember(_memory_key(root, path), str(folder["id"]))
        return folder

    async def _root_folder(self, root: str) -> File:
        if root not in self._roots:
            folder = await asyncio.to_thread(self._client.file, root)
            if folder is None:
                text = f"The Drive folder {root} does not exist, or is not shared with the service account."
                raise AdapterError(text, adapter=ADAPTER, permanent=True)
            self._roots[root] = folder
        return self._roots[root]

    async def _drive_id(self, root: str) -> str | None:
        """The shared drive the root folder lives on; searches must name it."""
        return (await self._root_folder(root)).get("driveId")


def _names(order: DeliveryOrder, template: str | None) -> list[str]:
    """The file name of each output. A template names the run; where two outputs would then be called the
    same, each keeps its own name behind it."""
    own = file_names(order.outputs)
    if template is None:
        return own
    parts = [split_extension(name) for name in own]
    values = [{**values_of(order), "name": stem} for stem, _ in parts]
    check_names(template, values[0], what="delivery.google_drive.file_name_template")
    filled = [one_line(fill(template, v), 200) for v in values]
    plain = [base + extension for base, (_, extension) in zip(filled, parts, strict=True)]
    named = [
        f"{base}-{stem}{extension}" if plain.count(base + extension) > 1 else base + extension
        for base, (stem, extension) in zip(filled, parts, strict=True)
    ]
    return distinct(named)


def _path(item: PlannedItem) -> list[str]:
    path = item.body.get("path")
    return [str(segment) for segment in path] if isinstance(path, list) else []


def _receipt(file: File) -> Receipt:
    return Receipt(id=str(file["id"]), link=file.get("webViewLink"))


def _memory_key(root: str, path: Sequence[str]) -> str:
    return f"folder:{root}:{_short('/'.join(path))}"


def _short(text: str) -> str:
    """A property of a file holds 124 bytes, key included, and a marker can be longer."""
    return hashlib.sha256(text.encode()).hexdigest()[:40]


def _has(key: str, value: str) -> str:
    return f"appProperties has {{ key='{_quoted(key)}' and value='{_quoted(value)}' }}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def build(parts: ChannelParts) -> Channel:
    """The entry point."""
    return DriveChannel(parts.settings.section(GoogleSettings))
