"""The verbs of the artifacts room.

Bytes go through `ArtifactStore` first, outside any transaction; the row that points at them follows.
A blob without a row is taken by the sweep after a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from opsroom.artifacts import store
from opsroom.artifacts.blobs import ArtifactStore
from opsroom.artifacts.errors import OwnerFull, sized
from opsroom.artifacts.links import PURPOSE, Grant, opened, signed
from opsroom.artifacts.media import SNIFF_BYTES, clean, detect
from opsroom.artifacts.names import numbered, safe_name
from opsroom.artifacts.preview import preview_html
from opsroom.artifacts.retention import sweep
from opsroom.artifacts.serving import (
    ContentParts,
    PreviewParts,
    content_response_parts,
    preview_response_parts,
)
from opsroom.artifacts.settings import ArtifactsSettings
from opsroom.artifacts.shapes import Allowance, Artifact, Blob, SignedLink
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import NotFound
from opsroom.kernel.ids import new_id
from opsroom.kernel.room import House
from opsroom.kernel.seal import Keyring
from opsroom.kernel.uow import Tx

__all__ = [
    "Allowance",
    "Artifact",
    "ArtifactStore",
    "ArtifactsSettings",
    "Blob",
    "ContentParts",
    "PreviewParts",
    "SignedLink",
    "add",
    "allowance",
    "content_response_parts",
    "delete_of",
    "detect_media_type",
    "get",
    "list_of",
    "numbered",
    "open_link",
    "preview_html",
    "preview_response_parts",
    "safe_name",
    "signed_link",
    "sweep",
]

_DEFAULTS = ArtifactsSettings()


async def detect_media_type(blobs: ArtifactStore, blob: Blob, name: str, declared: str = "") -> str:
    """What a stored blob is, judged by its content; `declared` counts for binaries we do not know."""
    return detect(await blobs.read(blob.sha256, SNIFF_BYTES), name, declared)


async def allowance(tx: Tx, owner: str, *, limits: ArtifactsSettings = _DEFAULTS) -> Allowance:
    """What `owner` may still add: ask before streaming, and hand `next_file_bytes` to the store."""
    files, size = await store.usage_of(tx, owner)
    return Allowance(
        bytes_left=max(limits.max_owner_bytes - size, 0),
        files_left=max(limits.max_owner_files - files, 0),
        max_file_bytes=limits.max_file_bytes,
    )


async def add(
    tx: Tx,
    owner: str,
    name: str,
    blob: Blob,
    media_type: str,
    title: str = "",
    *,
    dedup_key: str | None = None,
    limits: ArtifactsSettings = _DEFAULTS,
) -> Artifact:
    """Give `owner` a file. The name is made safe; a name already taken becomes "name (2).ext".

    With a `dedup_key` a second call finds the first one's artifact instead. `limits` are the
    installation's (`ArtifactStore.settings`). Raises OwnerFull past the ceilings of one owner.
    """
    await store.lock_owner(tx, owner)
    if dedup_key is not None and (found := await store.with_dedup_key(tx, owner, dedup_key)):
        return found
    room = await allowance(tx, owner, limits=limits)
    if room.files_left == 0:
        raise OwnerFull(f"{owner} has {limits.max_owner_files} files, which is all it may have.")
    if blob.size_bytes > room.bytes_left:
        raise OwnerFull(f"{owner} would have more than {sized(limits.max_owner_bytes)} of files.")
    free = _free_name(safe_name(name), await store.taken_names(tx, owner))
    keep = limits.retention_days
    artifact = Artifact(
        id=new_id("art"),
        owner=owner,
        name=free,
        title=_one_line(title) or free,
        media_type=clean(media_type),
        size_bytes=blob.size_bytes,
        sha256=blob.sha256,
        created_at=tx.now,
        expires_at=tx.now + timedelta(days=keep) if keep else None,
    )
    await store.add_artifact(tx, artifact, free.casefold(), dedup_key)
    return artifact


async def list_of(tx: Tx, owner: str) -> list[Artifact]:
    """The files of `owner`, oldest first."""
    return await store.artifacts_of(tx, owner)


async def get(tx: Tx, artifact_id: str) -> Artifact:
    """One artifact of the actor's project that has not expired. Raises NotFound."""
    found = await store.artifact_with_id(tx, artifact_id)
    if found is None or (found.expires_at is not None and found.expires_at <= tx.now):
        raise NotFound(f"There is no artifact {artifact_id[:60]!r}.")
    return found


async def delete_of(tx: Tx, owner: str) -> int:
    """Forget all files of `owner`; the sweep takes bytes nobody else points at."""
    return await store.delete_artifacts_of(tx, owner)


async def signed_link(
    house: House, actor: Actor, artifact: Artifact, *, expires_s: int | None = None
) -> SignedLink:
    """An address for this file that works without signing in until it expires.

    A path of this server, or of the bucket itself where the settings say so. The artifact must have
    been read by `actor`: nothing is looked up here.
    """
    settings = house.settings.section(ArtifactsSettings)
    seconds = min(expires_s or settings.link_expires_s, 7 * 86_400)
    expires_at = (house.database.now() + timedelta(seconds=seconds)).replace(microsecond=0)
    if settings.s3_direct_links:
        direct = await house.need(ArtifactStore).presigned_url(artifact.sha256, seconds)
        if direct is not None:
            return SignedLink(url=direct, expires_at=expires_at)
    key = house.need(Keyring).signing_key(PURPOSE)
    return SignedLink(
        url=f"/files/{signed(Grant(artifact.id, actor.scope, expires_at), key)}", expires_at=expires_at
    )


def open_link(house: House, token: str, now: datetime) -> Grant:
    """What a token allows. Raises NotFound for one that is not ours, LinkExpired for one too old."""
    return opened(token, house.need(Keyring).verifying_keys(PURPOSE), now)


def _free_name(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate = numbered(name, number)
        number += 1
    return candidate


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()[:300]
