"""The Google account files are uploaded with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from opsroom.kernel.shape import Shape


class GoogleSettings(Shape):
    """Google: the service account that writes to Drive."""

    ENV: ClassVar[Mapping[str, str]] = {
        "OPSROOM_GOOGLE_URL": "url",
        "GOOGLE_SERVICE_ACCOUNT_JSON_PATH": "service_account_json_path",
        "GOOGLE_DRIVE_ROOT_FOLDER_ID": "drive_root_folder_id",
    }

    url: str = "https://www.googleapis.com/"
    """Root address of Google's APIs; a sandbox or a proxy can stand here."""
    service_account_json_path: Path | None = None
    """Key file of the service account. Keep it readable for this program alone."""
    drive_root_folder_id: str | None = None
    """Folder (best on a shared drive) under which the folders of the agent files are made."""
    subject: str | None = None
    """Person to act as, where the service account has domain-wide delegation."""
    timeout_s: float = Field(default=30.0, gt=0)
    """Longest wait for one answer."""
    chunk_kib: int = Field(default=8192, ge=256, multiple_of=256)
    """Size of one piece of an upload, in KiB; a multiple of 256."""
