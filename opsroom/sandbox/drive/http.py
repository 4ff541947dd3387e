"""The routes of Drive v3 that carry JSON: search, create, read, change, delete, about, shared drives."""

from aiohttp import web
from multidict import MultiMapping

from opsroom.sandbox.blobs import BlobStore, send_blob
from opsroom.sandbox.drive.fieldmask import Mask, MaskInvalid, masked, parse_mask
from opsroom.sandbox.drive.query import QueryInvalid, compile_query
from opsroom.sandbox.drive.state import Drive, DriveFile, file_shape, new_drive_id
from opsroom.sandbox.spoil import google_error
from opsroom.sandbox.wire import JsonObject, Refused, parse_object, reply

_BASE = "/google/drive/v3"
_DEFAULT_MASK: Mask = {"kind": {}, "id": {}, "name": {}, "mimeType": {}}
_DEFAULT_LIST_MASK: Mask = {"kind": {}, "incompleteSearch": {}, "nextPageToken": {}, "files": _DEFAULT_MASK}


def refuse(status: int, message: str, reason: str) -> Refused:
    return Refused(status, google_error(status, message, reason))


def check_bearer(request: web.Request) -> None:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not token or "invalid" in token:
        body = google_error(401, "Request had invalid authentication credentials.", "authError")
        body["error"]["status"] = "UNAUTHENTICATED"
        raise Refused(401, body)


def mask_of(query: MultiMapping[str], default: Mask) -> Mask:
    text = query.get("fields")
    if not text:
        return default
    try:
        return parse_mask(text)
    except MaskInvalid as error:
        raise refuse(400, f"Invalid field selection {text}", "invalidParameter") from error


def sees_shared(query: MultiMapping[str]) -> bool:
    return query.get("supportsAllDrives") == "true"


class DriveHttp:
    def __init__(self, host: Drive, blobs: BlobStore, urls: str) -> None:
        self._host = host
        self._blobs = blobs
        self.urls = urls

    def routes(self) -> list[web.RouteDef]:
        one = f"{_BASE}/files/{{file_id}}"
        return [
            web.get(f"{_BASE}/files", self.search),
            web.post(f"{_BASE}/files", self.create),
            web.get(f"{_BASE}/files/generateIds", self.generate_ids),
            web.get(one, self.retrieve),
            web.patch(one, self.update),
            web.delete(one, self.delete),
            web.get(f"{_BASE}/about", self.about),
            web.get(f"{_BASE}/drives", self.drives),
            web.get(f"{_BASE}/drives/{{drive_id}}", self.drive),
        ]

    def find(self, file_id: str, query: MultiMapping[str]) -> DriveFile:
        file = self._host.resolve(file_id)
        # Without supportsAllDrives, what lives in a shared drive does not exist.
        if file is None or (file.drive_id and not sees_shared(query)):
            raise refuse(404, f"File not found: {file_id}.", "notFound")
        return file

    def check_new(self, metadata: JsonObject, query: MultiMapping[str], has_bytes: bool) -> None:
        if metadata.get("id") in self._host.files:
            raise refuse(409, "A file already exists with the provided ID.", "fileIdInUse")
        parents = metadata.get("parents") or []
        if not isinstance(parents, list) or len(parents) > 1:
            raise refuse(400, "A file can have only one parent.", "invalid")
        parent = self.find(str(parents[0]), query) if parents else self._host.files[self._host.root_id]
        if not parent.is_folder:
            raise refuse(403, "The specified parent is not a folder.", "parentNotAFolder")
        if has_bytes and not self._host.account_has_storage and parent.drive_id is None:
            message = (
                "Service Accounts do not have storage quota. Leverage shared drives, or use OAuth delegation."
            )
            raise refuse(403, message, "storageQuotaExceeded")

    def shown(self, file: DriveFile, query: MultiMapping[str]) -> web.Response:
        return reply(masked(file_shape(file, self.urls), mask_of(query, _DEFAULT_MASK)))

    async def search(self, request: web.Request) -> web.Response:
        check_bearer(request)
        query = request.query
        try:
            test = compile_query(query.get("q", ""))
        except QueryInvalid as error:
            raise refuse(400, f"Invalid Value: {error}", "invalid") from error
        found = [f for f in self._visible(query) if f.parents and test(f)]
        self._sort(found, query.get("orderBy", ""))
        start, size = query.get("pageToken", "0"), query.get("pageSize", "100")
        if not start.isdigit() or not size.isdigit() or not 1 <= int(size) <= 1000:
            raise refuse(400, "Invalid Value: pageToken or pageSize", "invalid")
        page = found[int(start) : int(start) + int(size)]
        answer: JsonObject = {
            "kind": "drive#fileList",
            "incompleteSearch": False,
            "files": [file_shape(f, self.urls) for f in page],
        }
        if int(start) + int(size) < len(found):
            answer["nextPageToken"] = str(int(start) + int(size))
        return reply(masked(answer, mask_of(query, _DEFAULT_LIST_MASK)))

    def _visible(self, query: MultiMapping[str]) -> list[DriveFile]:
        """My Drive only, unless the three parameters for shared drives are given."""
        if not sees_shared(query) or query.get("includeItemsFromAllDrives") != "true":
            return [f for f in self._host.files.values() if f.drive_id is None]
        corpora, drive_id = query.get("corpora", "user"), query.get("driveId")
        if corpora == "drive" and drive_id:
            return [f for f in self._host.files.values() if f.drive_id == drive_id]
        if corpora == "allDrives":
            return list(self._host.files.values())
        return [f for f in self._host.files.values() if f.drive_id is None]

    def _sort(self, files: list[DriveFile], order: str) -> None:
        for part in reversed([p.strip() for p in order.split(",") if p.strip()]):
            member, _, direction = part.partition(" ")
            keys = {
                "name": lambda f: f.name,
                "createdTime": lambda f: f.created_at,
                "modifiedTime": lambda f: f.modified_at,
                "folder": lambda f: not f.is_folder,
            }
            if member not in keys:
                raise refuse(400, f"Invalid Value: orderBy {member}", "invalid")
            files.sort(key=keys[member], reverse=direction == "desc")

    async def generate_ids(self, request: web.Request) -> web.Response:
        """Ids to create files with: a repeated create is then refused instead of making a second file."""
        check_bearer(request)
        count = request.query.get("count", "10")
        if not count.isdigit() or not 1 <= int(count) <= 1000:
            raise refuse(400, "Invalid Value: count", "invalid")
        ids = [new_drive_id() for _ in range(int(count))]
        return reply({"kind": "drive#generatedIds", "space": "drive", "ids": ids})

    async def create(self, request: web.Request) -> web.Response:
        check_bearer(request)
        metadata = parse_object(await request.read())
        if metadata is None:
            raise refuse(400, "Parse Error", "parseError")
        self.check_new(metadata, request.query, has_bytes=False)
        return self.shown(self._host.add(metadata, "", None), request.query)

    async def retrieve(self, request: web.Request) -> web.StreamResponse:
        check_bearer(request)
        file = self.find(request.match_info["file_id"], request.query)
        if request.query.get("alt") != "media":
            return self.shown(file, request.query)
        if file.blob is None:
            raise refuse(403, "Only files with binary content can be downloaded.", "fileNotDownloadable")
        return await send_blob(request, self._blobs, file.blob, {"Content-Type": file.mime_type})

    async def update(self, request: web.Request) -> web.Response:
        check_bearer(request)
        file, changes = (
            self.find(request.match_info["file_id"], request.query),
            parse_object(await request.read()),
        )
        if changes is None:
            raise refuse(400, "Parse Error", "parseError")
        self._apply(file, changes, request.query)
        return self.shown(file, request.query)

    def _apply(self, file: DriveFile, changes: JsonObject, query: MultiMapping[str]) -> None:
        file.name = str(changes.get("name", file.name))
        file.description = str(changes.get("description", file.description))
        file.trashed = bool(changes.get("trashed", file.trashed))
        for mine, given in ((file.app_properties, "appProperties"), (file.properties, "properties")):
            for key, value in (changes.get(given) or {}).items():
                if value is None:
                    mine.pop(key, None)
                else:
                    mine[key] = str(value)
        for parent in (query.get("removeParents") or "").split(","):
            if parent in file.parents:
                file.parents.remove(parent)
        for parent in filter(None, (query.get("addParents") or "").split(",")):
            file.parents = [self.find(parent, query).id]
        file.version += 1
        self._host.effect("drive", "file.updated", file.id, name=file.name, trashed=file.trashed)

    async def delete(self, request: web.Request) -> web.Response:
        check_bearer(request)
        file = self.find(request.match_info["file_id"], request.query)
        del self._host.files[file.id]
        self._host.effect("drive", "file.deleted", file.id, name=file.name)
        return web.Response(status=204)

    async def about(self, request: web.Request) -> web.Response:
        check_bearer(request)
        if not request.query.get("fields"):
            raise refuse(400, "The 'fields' parameter is required for this method.", "required")
        used = sum(f.blob.size for f in self._host.files.values() if f.blob)
        limit = 15 * 2**30 if self._host.account_has_storage else 0
        answer: JsonObject = {
            "kind": "drive#about",
            "user": {
                "kind": "drive#user",
                "displayName": "opsroom",
                "me": True,
                "permissionId": "0101",
                "emailAddress": "opsroom@sandbox.iam.gserviceaccount.com",
            },
            "storageQuota": {"limit": str(limit), "usage": str(used), "usageInDrive": str(used)},
            "maxUploadSize": "5497558138880",
        }
        return reply(masked(answer, mask_of(request.query, {})))

    async def drives(self, request: web.Request) -> web.Response:
        check_bearer(request)
        rows = [{"kind": "drive#drive", "id": i, "name": n} for i, n in self._host.shared_drives.items()]
        return reply({"kind": "drive#driveList", "drives": rows})

    async def drive(self, request: web.Request) -> web.Response:
        check_bearer(request)
        drive_id = request.match_info["drive_id"]
        if drive_id not in self._host.shared_drives:
            raise refuse(404, f"Shared drive not found: {drive_id}", "notFound")
        return reply({"kind": "drive#drive", "id": drive_id, "name": self._host.shared_drives[drive_id]})
