"""The raw answers of a crawl, kept as a WARC file: one gzip member per page, for any web archive tool."""

import uuid
import zlib
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "opsroom/local-seo-audit")


class WarcWriter:
    """Appends `resource` records. The HTML is kept exactly as it was parsed, after Content-Encoding."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb", buffering=1 << 20)
        self._date = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.records = 0

    def write(self, url: str, content_type: str, body: bytes) -> None:
        identifier = uuid.uuid5(_NAMESPACE, url)
        safe_type = content_type.replace("\r", " ").replace("\n", " ") or "application/octet-stream"
        head = (
            "WARC/1.1\r\nWARC-Type: resource\r\n"
            f"WARC-Target-URI: {url}\r\nWARC-Date: {self._date}\r\n"
            f"WARC-Record-ID: <urn:uuid:{identifier}>\r\n"
            f"Content-Type: {safe_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
        self._file.write(packer.compress(head.encode() + body + b"\r\n\r\n") + packer.flush())
        self.records += 1

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "WarcWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
