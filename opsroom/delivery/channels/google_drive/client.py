"""Drive v3 through Google's own library, in threads, one attempt per request.

The library is heavy and optional (`opsroom[google]`): it is imported on first use. Its transport
(httplib2) silently repeats a request whose reply was lost, which makes a second folder; `_once` takes
that away. What may be repeated is decided by the outbox.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from importlib import resources
from typing import IO, Any
from urllib.parse import urlsplit

from opsroom.delivery.channels.google_drive.settings import GoogleSettings
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.plugins import import_extra

ADAPTER = "google_drive"
FOLDER = "application/vnd.google-apps.folder"
_SCOPES = ["https://www.googleapis.com/auth/drive"]
_FILE_FIELDS = "id,name,webViewLink,trashed,driveId,size"
_RESUMES = 3
_LIMIT_REASONS = frozenset({"userRateLimitExceeded", "rateLimitExceeded", "sharingRateLimitExceeded"})
_LIMIT_PAUSE_S = 5.0

File = dict[str, Any]


class DriveClient:
    """Blocking calls; run them in a thread. Raises AdapterError and nothing else."""

    def __init__(self, settings: GoogleSettings) -> None:
        self._settings = settings
        self._service: Any = None
        self._credentials: Any = None

    def file(self, file_id: str) -> File | None:
        """A file or folder by id; None when it is gone, trashed or not visible."""
        service = self._open()
        request = service.files().get(fileId=file_id, fields=_FILE_FIELDS, supportsAllDrives=True)
        try:
            found = self._execute(request)
        except _NotThere:
            return None
        return None if found.get("trashed") else found

    def search(self, query: str, drive_id: str | None) -> list[File]:
        """Files that match `query`, oldest first; on the shared drive where there is one."""
        shared = {"corpora": "drive", "driveId": drive_id} if drive_id else {}
        request = (
            self._open()
            .files()
            .list(
                q=query,
                fields=f"nextPageToken,files({_FILE_FIELDS})",
                orderBy="createdTime",
                pageSize=20,
                supportsAllDrives=True,
                includeItemsFromAllDrives=True,
                **shared,
            )
        )
        return self._execute(request).get("files") or []

    def create_folder(self, name: str, parent: str, properties: dict[str, str]) -> File:
        """Make a folder."""
        body = {"name": name, "mimeType": FOLDER, "parents": [parent], "appProperties": properties}
        request = self._open().files().create(body=body, fields=_FILE_FIELDS, supportsAllDrives=True)
        return _with_id(self._execute(request))

    def upload(
        self, content: IO[bytes], name: str, media_type: str, parent: str, properties: dict[str, str]
    ) -> File:
        """Upload a file in pieces; an interrupted piece is taken up where Drive says it stopped."""
        service = self._open()
        media = import_extra("googleapiclient.http", extra="google", adapter=ADAPTER)
        body = {"name": name, "parents": [parent], "appProperties": properties}
        request = service.files().create(
            body=body,
            media_body=media.MediaIoBaseUpload(
                content, mimetype=media_type, chunksize=self._settings.chunk_kib * 1024, resumable=True
            ),
            fields=_FILE_FIELDS,
            supportsAllDrives=True,
        )
        made, resumes = None, 0
        while made is None:
            try:
                _, made = self._guarded(lambda: request.next_chunk(http=self._http()))
            except AdapterError as error:
                # Before the session exists there is nothing to take up, and a refusal stays one.
                if error.permanent or error.retry_after_s or resumes == _RESUMES or not request.resumable_uri:
                    raise
                resumes += 1
                time.sleep(0.1 * 2**resumes)
        return _with_id(made)

    # How

    def _open(self) -> Any:
        """The service, made on first use from the API description that comes with the library."""
        if self._service is None:
            discovery = import_extra("googleapiclient.discovery", extra="google", adapter=ADAPTER)
            self._credentials = self._account()
            folder = resources.files("googleapiclient.discovery_cache") / "documents"
            description = json.loads((folder / "drive.v3.json").read_text(encoding="utf-8"))
            description["rootUrl"] = self._settings.url.rstrip("/") + "/"
            description.pop("mtlsRootUrl", None)  # it would win over rootUrl
            self._service = discovery.build_from_document(description, http=self._http())
        return self._service

    def _account(self) -> Any:
        path = self._settings.service_account_json_path
        if path is None:
            raise _failure(
                "Google Drive is not connected: set GOOGLE_SERVICE_ACCOUNT_JSON_PATH to the key file of a "
                "service account, or turn google_drive off in the agent file."
            )
        accounts = import_extra("google.oauth2.service_account", extra="google", adapter=ADAPTER)
        try:
            return accounts.Credentials.from_service_account_file(
                str(path), scopes=_SCOPES, subject=self._settings.subject
            )
        except OSError as error:
            raise _failure(f"The key file {path} cannot be read: {error.strerror or error}.") from error
        except ValueError as error:
            raise _failure(f"{path} is not the key file of a service account: {error}.") from error

    def _http(self) -> Any:
        """A fresh transport for each request: none of them is safe in two threads, or after a stale wait."""
        transport = import_extra("google_auth_httplib2", extra="google", adapter=ADAPTER)
        return transport.AuthorizedHttp(self._credentials, http=_once(self._settings))

    def _execute(self, request: Any) -> File:
        answer = self._guarded(lambda: request.execute(http=self._http(), num_retries=0))
        if not isinstance(answer, dict) or "error" in answer:
            raise _unreadable()
        return answer

    def _guarded(self, call: Callable[[], Any]) -> Any:
        errors = import_extra("googleapiclient.errors", extra="google", adapter=ADAPTER)
        auth = import_extra("google.auth.exceptions", extra="google", adapter=ADAPTER)
        httplib2 = import_extra("httplib2", extra="google", adapter=ADAPTER)
        try:
            return call()
        except errors.HttpError as error:
            raise _refused(error) from error
        except auth.GoogleAuthError as error:
            if getattr(error, "retryable", False) or isinstance(error, auth.TransportError):
                raise _silence(error) from error
            text = f"Google does not accept the key of the service account: {error}."
            raise _failure(text) from error
        except (OSError, httplib2.HttpLib2Error, http.client.HTTPException) as error:
            raise _silence(error) from error
        except (ValueError, errors.Error) as error:
            raise _unreadable() from error


def _once(settings: GoogleSettings) -> Any:
    """An httplib2 transport that sends each request once."""
    httplib2 = import_extra("httplib2", extra="google", adapter=ADAPTER)

    class Once(httplib2.Http):  # pyright: ignore[reportGeneralTypeIssues, reportUntypedBaseClass]
        def _conn_request(
            self, conn: Any, request_uri: str, method: str, body: Any, headers: dict[str, str]
        ) -> tuple[Any, bytes]:
            try:
                if conn.sock is None:
                    conn.connect()
                conn.request(method, request_uri, body, headers)
                answer = conn.getresponse()
                content = answer.read()
            finally:
                conn.close()
            response = httplib2.Response(answer)
            return response, httplib2._decompressContent(response, content, self.limit_kwargs)

    local = urlsplit(settings.url).hostname in ("127.0.0.1", "::1", "localhost")
    proxy = {"proxy_info": None} if local else {}
    once = Once(timeout=settings.timeout_s, **proxy)
    once.redirect_codes = once.redirect_codes - {308}  # in an upload 308 means "go on"
    return once


class _NotThere(AdapterError):
    """404: no such file, or not for this account."""


def _refused(error: Any) -> AdapterError:
    status = int(error.resp.status)
    reason = _reason(error)
    said = str(getattr(error, "reason", "") or reason or status)
    if status == 429 or (status == 403 and reason in _LIMIT_REASONS):
        after = str(error.resp.get("retry-after", ""))
        pause_s = float(after) if after.isdigit() else _LIMIT_PAUSE_S
        text = f"Google Drive asks us to slow down ({reason or status})."
        return AdapterError(text, adapter=ADAPTER, permanent=False, retry_after_s=pause_s)
    if status >= 500:
        text = f"Google Drive had a fault of its own ({status}: {said})."
        return AdapterError(text, adapter=ADAPTER, permanent=False)
    if status == 404:
        text = (
            f"Google Drive does not show this to the service account ({said}). Share the folder of "
            "GOOGLE_DRIVE_ROOT_FOLDER_ID with its e-mail address."
        )
        return _NotThere(text, adapter=ADAPTER, permanent=True)
    if reason == "storageQuotaExceeded":
        return _failure(
            "A service account has no storage of its own. Set GOOGLE_DRIVE_ROOT_FOLDER_ID to a folder on a "
            "shared drive, or let the account act as a person (setting google.subject)."
        )
    return _failure(f"Google Drive refused with {status}: {said}.")


def _reason(error: Any) -> str:
    try:
        body = json.loads(error.content)
        return str(body["error"]["errors"][0]["reason"])
    except (ValueError, LookupError, TypeError):
        return ""


def _with_id(answer: File) -> File:
    if not isinstance(answer, dict) or not answer.get("id"):
        raise _unreadable()
    return answer


def _failure(text: str) -> AdapterError:
    return AdapterError(text, adapter=ADAPTER, permanent=True)


def _unreadable() -> AdapterError:
    return AdapterError("Google Drive's answer cannot be read.", adapter=ADAPTER, permanent=False)


def _silence(error: Exception) -> AdapterError:
    why = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
    return AdapterError(f"Google Drive could not be reached: {why}.", adapter=ADAPTER, permanent=False)
