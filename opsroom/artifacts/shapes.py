"""What crosses the door of the artifacts room."""

from __future__ import annotations

from datetime import datetime

from opsroom.kernel.shape import Shape


class Blob(Shape):
    """Bytes in the store, by the SHA-256 of their content (hex)."""

    sha256: str
    size_bytes: int


class Artifact(Shape):
    """A file of an owner (a run, say). `name` is safe to show, send and write."""

    id: str
    owner: str
    name: str
    title: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    expires_at: datetime | None


class Allowance(Shape):
    """What an owner may still add."""

    bytes_left: int
    files_left: int
    max_file_bytes: int

    @property
    def next_file_bytes(self) -> int:
        """The ceiling for its next file; 0 when it may add none."""
        return min(self.bytes_left, self.max_file_bytes) if self.files_left > 0 else 0


class SignedLink(Shape):
    """An address that works without signing in until it expires. `url` may be a path of this server."""

    url: str
    expires_at: datetime


class Swept(Shape):
    """What one sweep removed."""

    artifacts: int
    blobs: int
    bytes_freed: int
