"""File names from client ids, which are typed by people and may be a path, a device name or a novel."""

import re
import unicodedata

from local_seo.findings import short_hash

_MAX = 64
_DEVICES = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


def safe_stem(client_id: str) -> str:
    """The id itself if it is harmless; else its harmless letters and a hash, so that two ids never meet."""
    plain = unicodedata.normalize("NFKD", client_id).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-_")[:_MAX].rstrip("-_")
    if stem and stem == client_id and not _DEVICES.match(stem):
        return stem
    return f"{stem or 'client'}-{short_hash(client_id)[:8]}"
