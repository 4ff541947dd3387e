"""GitHub as its API documents it, and with hashes the real git agrees to."""

import asyncio
import base64
import io
import json
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from opsroom.sandbox.api import Fault, Sandbox, SandboxConfig, start_sandbox
from opsroom.sandbox.github.state import Repo

AT = "/github/repos/acme/docs"
WHO = {"name": "Alice", "email": "alice@example.com", "date": "2026-11-25T10:00:00Z"}


class Api:
    """The REST API as a plain client meets it."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self.headers: dict[str, str] = {}

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        sent = {"Authorization": "Bearer t", **{k.replace("_", "-"): v for k, v in headers.items()}}
        data = io.BytesIO(json.dumps(body).encode()) if body is not None else None
        sent |= {"Content-Type": "application/json"}
        async with self._http.request(method, path, data=data, headers=sent) as answer:
            self.headers = dict(answer.headers)
            raw = await answer.read()
            return answer.status, json.loads(
                raw
            ) if answer.content_type == "application/json" and raw else raw


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession(sandbox.urls.base) as http:
        yield Api(http)


@pytest.fixture
def repo(sandbox: Sandbox) -> Repo:
    return sandbox.github.add_repo("acme", "docs")


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def put(api: Api, path: str, text: str, **more: Any) -> tuple[int, Any]:
    body = {"message": f"Put {path}", "content": b64(text), "author": WHO, "committer": WHO, **more}
    return await api("PUT", f"{AT}/contents/{path}", body)


async def test_an_empty_repository_refuses_git_data_and_takes_a_first_file(api: Api, repo: Repo):
    assert await api("GET", f"{AT}/git/ref/heads/main") == (
        409,
        {
            "message": "Git Repository is empty.",
            "documentation_url": "https://docs.github.com/rest",
            "status": "409",
        },
    )
    assert (await api("POST", f"{AT}/git/blobs", {"content": "x"}))[0] == 409
    assert (await api("GET", f"{AT}/commits"))[0] == 409
    assert (await api("GET", f"{AT}/contents/a.md"))[0] == 404
    status, made = await put(api, "tasks/t/spec.md", "# One\n")
    assert (status, made["content"]["path"]) == (201, "tasks/t/spec.md")
    assert made["commit"]["parents"] == []
    assert (await api("GET", f"{AT}/git/ref/heads/main"))[1]["object"]["sha"] == made["commit"]["sha"]


async def test_contents_are_guarded_by_the_files_own_hash(api: Api, repo: Repo):
    _, made = await put(api, "a.md", "one")
    sha = made["content"]["sha"]
    status, body = await put(api, "a.md", "two")
    assert (status, '"sha" wasn\'t supplied' in body["message"]) == (422, True)
    status, body = await put(api, "a.md", "two", sha="0" * 40)
    assert (status, body["message"]) == (409, f"a.md does not match {'0' * 40}")
    status, second = await put(api, "a.md", "two", sha=sha)
    assert (status, second["commit"]["parents"][0]["sha"]) == (200, made["commit"]["sha"])
    assert (await put(api, "a.md", "three", sha=sha))[0] == 409
    assert (await put(api, "b.md", "x", branch="nowhere"))[0] == 404
    for bad in ({"content": "x"}, {"message": "m"}, {"message": "m", "content": "*"}):
        assert (await api("PUT", f"{AT}/contents/c.md", bad))[0] == 422, bad
    assert (await put(api, "a/.git/x", "x"))[0] == 422
    whole = (await api("GET", f"{AT}/contents/a.md"))[1]
    assert base64.b64decode(whole["content"]) == b"two"
    raw = await api("GET", f"{AT}/contents/a.md", Accept="application/vnd.github.raw+json")
    assert raw == (200, b"two")
    old = await api(
        "GET", f"{AT}/contents/a.md?ref={made['commit']['sha']}", Accept="application/vnd.github.raw+json"
    )
    assert old == (200, b"one")
    gone = {"message": "Delete", "sha": sha}
    assert (await api("DELETE", f"{AT}/contents/a.md", gone))[0] == 409
    gone["sha"] = second["content"]["sha"]
    assert (await api("DELETE", f"{AT}/contents/a.md", gone))[0] == 200
    assert (await api("DELETE", f"{AT}/contents/a.md", gone))[0] == 404
    assert repo.text("a.md") is None


async def test_large_files_come_raw_only(api: Api, repo: Repo):
    await put(api, "big.txt", "x" * 1_100_000)
    whole = (await api("GET", f"{AT}/contents/big.txt"))[1]
    assert (whole["encoding"], whole["content"], whole["size"]) == ("none", "", 1_100_000)
    raw = await api("GET", f"{AT}/contents/big.txt", Accept="application/vnd.github.raw+json")
    assert len(raw[1]) == 1_100_000
    listed = (await api("GET", f"{AT}/contents/"))[1]
    assert [(f["name"], f["type"]) for f in listed] == [("big.txt", "file")]


async def data_commit(api: Api, head: str, items: list[dict[str, Any]]) -> tuple[int, Any]:
    base = (await api("GET", f"{AT}/git/commits/{head}"))[1]["tree"]["sha"]
    status, tree = await api("POST", f"{AT}/git/trees", {"base_tree": base, "tree": items})
    if status != 201:
        return status, tree
    body = {"message": "Several", "tree": tree["sha"], "parents": [head], "author": WHO, "committer": WHO}
    return await api("POST", f"{AT}/git/commits", body)


async def test_several_files_in_one_commit_move_a_branch_forwards_only(api: Api, repo: Repo):
    head = (await put(api, "keep/a.md", "a"))[1]["commit"]["sha"]
    blob = (await api("POST", f"{AT}/git/blobs", {"content": b64("ü"), "encoding": "base64"}))[1]["sha"]
    items = [
        {"path": "x/y/z.md", "mode": "100644", "type": "blob", "sha": blob},
        {"path": "n.md", "mode": "100644", "type": "blob", "content": "n"},
        {"path": "keep/a.md", "mode": "100644", "type": "blob", "sha": None},
    ]
    commit = (await data_commit(api, head, items))[1]["sha"]
    assert repo.text("n.md") is None  # nothing counts before the branch moves
    other = (await put(api, "between.md", "b"))[1]["commit"]["sha"]
    status, body = await api("PATCH", f"{AT}/git/refs/heads/main", {"sha": commit, "force": False})
    assert (status, body["message"]) == (422, "Update is not a fast forward")
    commit = (await data_commit(api, other, items))[1]["sha"]
    assert (await api("PATCH", f"{AT}/git/refs/heads/main", {"sha": commit}))[0] == 200
    assert (repo.text("x/y/z.md"), repo.text("n.md"), repo.text("keep/a.md")) == ("ü", "n", None)
    assert (await data_commit(api, commit, items))[0] == 422  # what is deleted must be there
    assert (await api("PATCH", f"{AT}/git/refs/heads/none", {"sha": commit}))[0] == 422
    assert (await api("PATCH", f"{AT}/git/refs/heads/main", {"sha": "0" * 40}))[0] == 422
    assert (await api("POST", f"{AT}/git/refs", {"ref": "refs/heads/side", "sha": head}))[0] == 201
    assert (await api("POST", f"{AT}/git/refs", {"ref": "refs/heads/side", "sha": head}))[0] == 422
    tree = (await api("GET", f"{AT}/git/trees/main?recursive=1"))[1]
    assert {t["path"]: t["type"] for t in tree["tree"]} == {
        "between.md": "blob",
        "n.md": "blob",
        "x": "tree",
        "x/y": "tree",
        "x/y/z.md": "blob",
    }
    listed = (await api("GET", f"{AT}/commits?path=keep/a.md"))[1]
    assert [c["commit"]["message"] for c in listed] == ["Several", "Put keep/a.md"]
    assert (await api("GET", f"{AT}/commits?per_page=1&page=2"))[1][0]["sha"] == other
    assert 'rel="next"' in api.headers["Link"]
    later = (await api("GET", f"{AT}/commits?since=2030-01-01T00:00:00Z"))[1]
    assert later == []


async def test_hashes_are_gits_own(api: Api, repo: Repo, tmp_path: Path):
    texts = {"a.md": "a\n", "dir/ü.md": "ü", "dir.x/b": "", "dir/sub/c": "c", "dir-y": "d"}
    for path, text in texts.items():
        await put(api, path, text)
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path], check=True)
    for commit in reversed(repo.log()):
        for kind, sha in _below(repo, commit.sha):
            body = repo.objects.body(sha, kind) or b""
            told = subprocess.run(
                ["git", "hash-object", "-w", "-t", kind, "--stdin"],
                input=body,
                cwd=tmp_path,
                capture_output=True,
                check=True,
            )
            assert told.stdout.decode().strip() == sha, (kind, told.stderr)
    head = repo.head() or ""
    for command in (["fsck", "--strict", head], ["rev-list", "--objects", head]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True, capture_output=True)


def _below(repo: Repo, sha: str) -> list[tuple[str, str]]:
    commit = repo.objects.commit(sha)
    assert commit is not None

    def trees(tree: str) -> list[tuple[str, str]]:
        found = [("tree", tree)]
        for mode, inner in (repo.objects.tree(tree) or {}).values():
            found += trees(inner) if mode == "40000" else [("blob", inner)]
        return found

    return [*reversed(trees(commit.tree)), ("commit", sha)]


async def test_tokens_apps_and_limits(sandbox: Sandbox, api: Api, repo: Repo):
    for token in ("", "Bearer invalid", "Bearer ghs_made_up", "Basic x"):
        status, body = await api("GET", AT, Authorization=token)
        assert (status, body["status"]) == (401, "401"), token
    assert (await api("GET", "/github/repos/acme/other"))[0] == 404
    sandbox.github.any_repo = True
    assert (await api("GET", "/github/repos/acme/other"))[1]["full_name"] == "acme/other"
    assert (await api("GET", "/github/nothing"))[1]["message"] == "Not Found"
    assert (await api("GET", AT))[1]["default_branch"] == "main"
    assert api.headers["X-RateLimit-Remaining"] == str(sandbox.github.remaining)
    sandbox.github.remaining = 0
    status, body = await api("GET", AT)
    assert (status, api.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert int(api.headers["X-RateLimit-Reset"]) > time.time()
    assert (await api("GET", "/github/rate_limit"))[1]["rate"]["remaining"] == 0
    sandbox.github.remaining = 100
    path = "/github/app/installations/1/access_tokens"
    pem = sandbox.github.new_app("77")
    now = int(time.time())
    good = {"iat": now - 60, "exp": now + 500, "iss": "77"}
    status, made = await api("POST", path, {}, Authorization=f"Bearer {_jwt(pem, good)}")
    assert (status, made["token"][:7]) == (201, "ghs_77_")
    assert len(made["token"]) > 100
    assert (await api("GET", AT, Authorization=f"Bearer {made['token']}"))[0] == 200
    sandbox.github.tokens[made["token"]] = time.time() - 1
    assert (await api("GET", AT, Authorization=f"Bearer {made['token']}"))[0] == 401
    for claims in ({**good, "exp": now - 1}, {**good, "exp": now + 900}, {**good, "iss": "78"}):
        assert (await api("POST", path, {}, Authorization=f"Bearer {_jwt(pem, claims)}"))[0] == 401, claims
    forged = _jwt(sandbox.github.new_app("79"), good)
    assert (await api("POST", path, {}, Authorization=f"Bearer {forged}"))[0] == 401


def _jwt(pem: str, claims: dict[str, Any]) -> str:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding

    key: Any = serialization.load_pem_private_key(pem.encode(), None)
    parts = [
        base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode()
        for p in ({"alg": "RS256"}, claims)
    ]
    mac = key.sign(".".join(parts).encode(), padding.PKCS1v15(), hashes.SHA256())
    return ".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=").decode()])


async def test_faults_strike_before_and_after_the_commit(sandbox: Sandbox, api: Api, repo: Repo):
    route = "PUT /github/repos/*/contents/*"
    sandbox.faults.arm(Fault(route, status=500))
    assert (await put(api, "a.md", "a"))[0] == 500
    assert repo.log() == []
    sandbox.faults.arm(Fault(route, status=502, after_effect=True))
    assert (await put(api, "a.md", "a"))[0] == 502
    sandbox.faults.arm(Fault(route, lost_reply=True))
    # aiohttp repeats a PUT by itself when the connection breaks: the file is there by then.
    assert (await put(api, "b.md", "b"))[0] == 422
    assert len(repo.log()) == 2
    sandbox.faults.arm(Fault("GET /github/*", status=403, error="rate_limit"))
    assert (await api("GET", AT))[0] == 403
    assert api.headers["X-RateLimit-Remaining"] == "0"
    sandbox.faults.arm(Fault("GET /github/*", status=429, retry_after="7"))
    assert (await api("GET", AT))[0] == 429
    assert api.headers["Retry-After"] == "7"
    effects = sandbox.ledger.find_effects("github", "commit.pushed")
    assert [e.detail["message"] for e in effects] == ["Put a.md", "Put b.md"]


async def test_control_the_page_and_a_restart(tmp_path: Path):
    config = SandboxConfig(state_file=tmp_path / "state.json")
    box = await start_sandbox(config)
    evil = "<script>alert(1)</script>"
    async with aiohttp.ClientSession(box.urls.base) as http:
        async with http.post("/_control/github/repos", json={"owner": "acme", "name": "docs"}) as answer:
            assert (await answer.json())["full_name"] == "acme/docs"
        push = {"repo": "acme/docs", "path": "tasks/t/spec.md", "text": evil}
        async with http.post("/_control/github/push", json=push) as answer:
            commit = (await answer.json())["commit"]
        async with http.post("/_control/github/apps", json={"app_id": "5"}) as answer:
            assert "PRIVATE KEY" in (await answer.json())["private_key"]
        async with http.get("/_control/github/commits?repo=acme/docs") as answer:
            assert [c["sha"] for c in (await answer.json())["data"]] == [commit]
        for path in ("/", "/view/github/acme/docs"):
            async with http.get(path) as answer:
                page = await answer.text()
                assert (answer.status, "acme/docs" in page, evil in page) == (200, True, False)
        async with http.get("/view/github/acme/none") as answer:
            assert answer.status == 404
    await box.stop()
    again = await start_sandbox(config)
    repo = again.github.find("acme", "docs")
    assert repo is not None
    assert (repo.head(), repo.text("tasks/t/spec.md")) == (commit, evil)
    again.reset()
    assert again.github.repos == {}
    await again.stop()


@pytest.mark.specs
async def test_against_the_published_specification(api: Api, repo: Repo, spec: Any):
    import jsonschema

    document = spec("github_rest_trimmed.json")

    def check(path: str, method: str, status: int, value: Any) -> None:
        responses = document["paths"][path][method]["responses"]
        schema = responses[str(status)]["content"]["application/json"]["schema"]
        wanted = {**_plain(schema), "components": _plain(document["components"])}
        jsonschema.Draft202012Validator(wanted).validate(value)

    at = "/repos/{owner}/{repo}"
    status, made = await put(api, "a.md", "a")
    check(f"{at}/contents/{{path}}", "put", status, made)
    head = made["commit"]["sha"]
    status, blob = await api("POST", f"{AT}/git/blobs", {"content": "b"})
    check(f"{at}/git/blobs", "post", status, blob)
    items = [{"path": "b.md", "mode": "100644", "type": "blob", "sha": blob["sha"]}]
    status, commit = await data_commit(api, head, items)
    check(f"{at}/git/commits", "post", status, commit)
    for path, concrete, method, body in (
        (f"{at}/git/refs/{{ref}}", "git/refs/heads/main", "patch", {"sha": commit["sha"]}),
        (f"{at}/git/ref/{{ref}}", "git/ref/heads/main", "get", None),
        (f"{at}/git/trees/{{tree_sha}}", f"git/trees/{commit['sha']}?recursive=1", "get", None),
        (f"{at}/git/commits/{{commit_sha}}", f"git/commits/{commit['sha']}", "get", None),
        (f"{at}/git/blobs/{{file_sha}}", f"git/blobs/{blob['sha']}", "get", None),
        (f"{at}/commits", "commits", "get", None),
        (f"{at}/git/refs", "git/refs", "post", {"ref": "refs/heads/x", "sha": head}),
    ):
        status, value = await api(method.upper(), f"{AT}/{concrete}", body)
        check(path, method, status, value)
    await asyncio.sleep(0)


def _plain(value: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema: null where `nullable` says so, no examples."""
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if not isinstance(value, dict):
        return value
    made = {k: _plain(v) for k, v in value.items() if k not in ("nullable", "example", "discriminator")}
    return {"anyOf": [made, {"type": "null"}]} if value.get("nullable") is True else made
