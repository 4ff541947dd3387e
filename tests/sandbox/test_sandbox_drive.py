"""Drive through google-api-python-client with the discovery document it ships, and google-auth for tokens."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

pytest.importorskip("googleapiclient")

import googleapiclient
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaInMemoryUpload, MediaIoBaseDownload, MediaIoBaseUpload

from opsroom.sandbox.api import Fault, Sandbox

FOLDER = "application/vnd.google-apps.folder"
STEP = 256 * 1024


@pytest.fixture
def drive(sandbox: Sandbox) -> Any:
    path = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / "drive.v3.json"
    document = json.loads(path.read_text())
    document["rootUrl"] = sandbox.urls.google
    document.pop("mtlsRootUrl", None)
    service = build_from_document(document, credentials=Credentials(token="ya29.test"))
    yield service
    service.close()


async def run(call: Callable[[], Any]) -> Any:
    """Google's client is synchronous; the sandbox lives on this loop."""
    return await asyncio.to_thread(call)


async def test_folder_search_and_create(sandbox: Sandbox, drive: Any):
    name = "Shamrock's \\ Place"
    body = {"name": name, "mimeType": FOLDER, "appProperties": {"opsroom": "folder_1"}}
    made = await run(drive.files().create(body=body, fields="id,webViewLink").execute)
    assert set(made) == {"id", "webViewLink"}
    twin = await run(drive.files().create(body=body).execute)
    assert set(twin) == {"kind", "id", "name", "mimeType"}  # the link only when asked for
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    by_name = f"name = '{escaped}' and mimeType = '{FOLDER}' and 'root' in parents and trashed = false"
    by_name = by_name.replace("'root' in", f"'{sandbox.drive.root_id}' in")
    found = await run(
        drive.files().list(q=by_name, fields="nextPageToken,files(id,name,webViewLink)").execute
    )
    assert sorted(f["id"] for f in found["files"]) == sorted([made["id"], twin["id"]])
    assert set(found["files"][0]) == {"id", "name", "webViewLink"}
    by_key = "appProperties has { key='opsroom' and value='folder_1' } and not trashed = true"
    found = await run(drive.files().list(q=by_key, pageSize=1).execute)
    assert len(found["files"]) == 1
    assert found["nextPageToken"]
    await run(drive.files().update(fileId=twin["id"], body={"trashed": True}).execute)
    found = await run(drive.files().list(q=by_key).execute)
    assert [f["id"] for f in found["files"]] == [made["id"]]


async def test_multipart_upload_and_download(sandbox: Sandbox, drive: Any):
    data = b"# Report\r\n\r\n--binary\x00\xff\n"
    media = MediaInMemoryUpload(data, mimetype="text/markdown")
    create = drive.files().create(body={"name": "r.md"}, media_body=media, fields="id,size,md5Checksum")
    made = await run(create.execute)
    assert made["size"] == str(len(data))
    target = io.BytesIO()
    download = MediaIoBaseDownload(target, drive.files().get_media(fileId=made["id"]), chunksize=1024)
    done = False
    while not done:
        _, done = await run(download.next_chunk)
    assert target.getvalue() == data


async def test_resumable_upload_in_chunks(sandbox: Sandbox, drive: Any):
    data = bytes(range(256)) * 3000  # 750 KiB: two whole chunks and a rest
    media = MediaIoBaseUpload(io.BytesIO(data), mimetype="image/png", chunksize=STEP, resumable=True)
    request = drive.files().create(body={"name": "big.bin"}, media_body=media, fields="id,webViewLink")
    answers, steps = None, 0
    while answers is None:
        _, answers = await run(request.next_chunk)
        steps += 1
    assert steps == 3
    file = sandbox.drive.files[answers["id"]]
    assert file.blob is not None
    assert sandbox.blobs.read(file.blob) == data
    assert answers["webViewLink"].endswith(answers["id"])


async def test_resumable_upload_goes_on_after_a_lost_reply(sandbox: Sandbox, drive: Any):
    sandbox.faults.arm(Fault("PUT /google/upload/*", skip=1, lost_reply=True))
    data = b"x" * (STEP * 2 + 5)
    media = MediaIoBaseUpload(io.BytesIO(data), mimetype="text/plain", chunksize=STEP, resumable=True)
    request = drive.files().create(body={"name": "lost.txt"}, media_body=media)
    answer = None
    for _ in range(5):
        try:
            _, answer = await run(request.next_chunk)
        except OSError:
            request._in_error_state = True
        if answer:
            break
    assert answer
    assert "lost_reply" in [r.fault for r in sandbox.ledger.requests]
    assert len(sandbox.ledger.find_effects("drive", "file.created")) == 1
    file = sandbox.drive.files[answer["id"]]
    assert file.blob is not None
    assert sandbox.blobs.read(file.blob) == data


async def test_ids_made_beforehand_make_creation_repeatable(sandbox: Sandbox, drive: Any):
    [file_id] = (await run(drive.files().generateIds(count=1).execute))["ids"]
    body = {"id": file_id, "name": "once", "mimeType": FOLDER}
    assert (await run(drive.files().create(body=body).execute))["id"] == file_id
    with pytest.raises(HttpError) as caught:
        await run(drive.files().create(body=body).execute)
    assert caught.value.status_code == 409
    assert len(sandbox.ledger.find_effects("drive")) == 1


async def test_status_query_and_misaligned_chunk(sandbox: Sandbox):
    base, headers = f"{sandbox.urls.google}upload/drive/v3/files", {"Authorization": "Bearer t"}
    async with aiohttp.ClientSession(headers=headers) as client:
        async with client.post(f"{base}?uploadType=resumable", json={"name": "a"}) as answer:
            place = answer.headers["Location"]

        async def put(content_range: str, data: bytes = b"") -> tuple[int, str | None]:
            async with client.put(place, data=data, headers={"Content-Range": content_range}) as answer:
                return answer.status, answer.headers.get("Range")

        total = STEP + 10
        assert await put(f"bytes */{total}") == (308, None)
        assert await put(f"bytes 0-99/{total}", b"x" * 100) == (400, None)
        assert await put(f"bytes 0-{STEP - 1}/{total}", b"x" * STEP) == (308, f"bytes=0-{STEP - 1}")
        assert await put(f"bytes */{total}") == (308, f"bytes=0-{STEP - 1}")
        assert (await put(f"bytes {STEP}-{total - 1}/{total}", b"y" * 10))[0] == 200
        assert (await put(f"bytes */{total}"))[0] == 200
    assert len(sandbox.ledger.find_effects("drive", "file.created")) == 1


async def test_shared_drive_needs_its_parameters(sandbox: Sandbox, drive: Any):
    shared = sandbox.drive.add_shared_drive("Clients")
    body = {"name": "in shared", "mimeType": FOLDER, "parents": [shared]}
    with pytest.raises(HttpError) as caught:
        await run(drive.files().create(body=body).execute)
    assert caught.value.status_code == 404
    made = await run(drive.files().create(body=body, supportsAllDrives=True, fields="id,driveId").execute)
    assert made["driveId"] == shared
    query = "name = 'in shared'"
    assert (await run(drive.files().list(q=query).execute))["files"] == []
    trio = {
        "supportsAllDrives": True,
        "includeItemsFromAllDrives": True,
        "corpora": "drive",
        "driveId": shared,
    }
    found = await run(drive.files().list(q=query, **trio).execute)
    assert [f["id"] for f in found["files"]] == [made["id"]]


async def test_errors(sandbox: Sandbox, drive: Any):
    sandbox.drive.account_has_storage = False
    media = MediaInMemoryUpload(b"x", mimetype="text/plain")
    with pytest.raises(HttpError, match="storageQuotaExceeded") as caught:
        await run(drive.files().create(body={"name": "x"}, media_body=media).execute)
    assert caught.value.status_code == 403
    sandbox.faults.arm(Fault("GET /google/drive/v3/files", status=403, error="userRateLimitExceeded"))
    with pytest.raises(HttpError, match="userRateLimitExceeded"):
        await run(drive.files().list().execute)
    with pytest.raises(HttpError) as caught:
        await run(drive.files().list(q="name = 'unclosed").execute)
    assert caught.value.status_code == 400
    with pytest.raises(HttpError) as caught:
        await run(drive.files().get(fileId="nothing").execute)
    assert caught.value.status_code == 404
    with pytest.raises(HttpError):
        await run(drive.about().get().execute)
    about = await run(drive.about().get(fields="user(emailAddress),storageQuota/limit").execute)
    assert about == {
        "user": {"emailAddress": "opsroom@sandbox.iam.gserviceaccount.com"},
        "storageQuota": {"limit": "0"},
    }


async def test_service_account_token(sandbox: Sandbox):
    info = sandbox.google_tokens.new_service_account()
    scopes = ["https://www.googleapis.com/auth/drive"]
    credentials = service_account.Credentials.from_service_account_info(info, scopes=scopes)
    await run(lambda: credentials.refresh(Request()))
    assert credentials.token
    [request] = sandbox.ledger.find_requests("drive", path="/google/token")
    assert request.body == {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": "(redacted)",
    }
    other = sandbox.google_tokens.new_service_account("other@example.com")
    forged = service_account.Credentials.from_service_account_info(
        info | {"private_key": other["private_key"]}, scopes=scopes
    )
    with pytest.raises(RefreshError, match="Signature"):
        await run(lambda: forged.refresh(Request()))
