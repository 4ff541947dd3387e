"""Files, folders, shared drives and open uploads of the Drive stand-in."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from opsroom.sandbox.blobs import Blob
from opsroom.sandbox.wire import JsonObject, rfc3339_millis

FOLDER = "application/vnd.google-apps.folder"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(slots=True)
class DriveFile:
    id: str
    name: str
    mime_type: str
    parents: list[str]
    created_at: float
    modified_at: float
    blob: Blob | None = None
    md5: str = ""
    trashed: bool = False
    app_properties: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    description: str = ""
    drive_id: str | None = None
    version: int = 1

    @property
    def is_folder(self) -> bool:
        return self.mime_type == FOLDER


@dataclass(slots=True)
class Upload:
    """An open resumable upload."""

    id: str
    metadata: JsonObject
    media_type: str
    query: dict[str, str]
    key: str  # blob that grows
    received: int = 0
    total: int | None = None
    file_id: str | None = None  # set when it is complete
    replaces: str | None = None


class Drive:
    def __init__(self, on_effect: Callable[..., object], account_has_storage: bool = True) -> None:
        self.files: dict[str, DriveFile] = {}
        self.uploads: dict[str, Upload] = {}
        self.shared_drives: dict[str, str] = {}
        self.account_has_storage = account_has_storage
        self.effect = on_effect
        self.root_id = "0AKsandboxMyDriveRootPVA"
        self._add_root(self.root_id, "My Drive", None)

    def _add_root(self, folder_id: str, name: str, drive_id: str | None) -> None:
        now = time.time()
        self.files[folder_id] = DriveFile(folder_id, name, FOLDER, [], now, now, drive_id=drive_id)

    def add_shared_drive(self, name: str, drive_id: str = "") -> str:
        drive_id = drive_id or "0A" + new_drive_id()[:17]
        self.shared_drives[drive_id] = name
        self._add_root(drive_id, name, drive_id)
        return drive_id

    def resolve(self, file_id: str) -> DriveFile | None:
        return self.files.get(self.root_id if file_id == "root" else file_id)

    def add(self, metadata: JsonObject, media_type: str, blob: Blob | None, md5: str = "") -> DriveFile:
        now = time.time()
        parents = [self.root_id if p == "root" else p for p in metadata.get("parents") or [self.root_id]]
        parent = self.files[parents[0]]
        file = DriveFile(
            id=str(metadata.get("id") or new_drive_id()),
            name=str(metadata.get("name") or "Untitled"),
            mime_type=str(metadata.get("mimeType") or media_type or "application/octet-stream"),
            parents=parents,
            created_at=now,
            modified_at=now,
            blob=blob,
            md5=md5,
            app_properties={k: str(v) for k, v in (metadata.get("appProperties") or {}).items()},
            properties={k: str(v) for k, v in (metadata.get("properties") or {}).items()},
            description=str(metadata.get("description") or ""),
            drive_id=parent.drive_id,
        )
        self.files[file.id] = file
        kind = "folder.created" if file.is_folder else "file.created"
        size = blob.size if blob else 0
        self.effect("drive", kind, file.id, name=file.name, parent=parents[0], size=size)
        return file

    def children(self, folder_id: str) -> list[DriveFile]:
        return [f for f in self.files.values() if folder_id in f.parents and not f.trashed]

    def path_of(self, file: DriveFile) -> str:
        """Human-readable place, such as /Clients/Shamrock/Audits/report.md."""
        names: list[str] = []
        at: DriveFile | None = file
        while at is not None and at.parents:
            names.append(at.name)
            at = self.files.get(at.parents[0])
        return "/" + "/".join(reversed(names))


def new_drive_id() -> str:
    return "1" + "".join(secrets.choice(_LETTERS) for _ in range(32))


def file_shape(file: DriveFile, urls: str) -> JsonObject:
    """Every member the stand-in knows; `fields` decides what is shown."""
    shape: JsonObject = {
        "kind": "drive#file",
        "id": file.id,
        "name": file.name,
        "mimeType": file.mime_type,
        "description": file.description,
        "parents": file.parents,
        "trashed": file.trashed,
        "explicitlyTrashed": file.trashed,
        "starred": False,
        "appProperties": file.app_properties,
        "properties": file.properties,
        "createdTime": rfc3339_millis(file.created_at),
        "modifiedTime": rfc3339_millis(file.modified_at),
        "version": str(file.version),
        "webViewLink": f"{urls}/view/drive/{file.id}",
        "spaces": ["drive"],
        "ownedByMe": file.drive_id is None,
        "shared": file.drive_id is not None,
        "capabilities": {"canEdit": True, "canAddChildren": file.is_folder, "canDelete": True},
    }
    if file.drive_id:
        shape["driveId"] = file.drive_id
    if file.blob is not None:
        shape |= {
            "size": str(file.blob.size),
            "quotaBytesUsed": str(file.blob.size),
            "md5Checksum": file.md5,
            "originalFilename": file.name,
            "fileExtension": file.name.rpartition(".")[2] if "." in file.name else "",
            "webContentLink": f"{urls}/view/drive/{file.id}/raw",
        }
    return shape
