"""GitHub's JSON: what each thing looks like on the wire."""

import base64

from opsroom.sandbox.github.objects import FOLDER, Commit, Signature
from opsroom.sandbox.github.state import Repo
from opsroom.sandbox.wire import JsonObject, Refused

_DOCS = "https://docs.github.com/rest"
_WHOLE_BYTES = 1024 * 1024  # the contents API gives the content of files up to here


_UNSIGNED: JsonObject = {
    "verified": False,
    "reason": "unsigned",
    "signature": None,
    "payload": None,
    "verified_at": None,
}


def refuse(status: int, message: str, headers: dict[str, str] | None = None) -> Refused:
    return Refused(status, github_error(status, message), headers)


def github_error(status: int, message: str) -> JsonObject:
    return {"message": message, "documentation_url": _DOCS, "status": str(status)}


def repo_shape(repo: Repo, base: str) -> JsonObject:
    """The members clients look at; the vendor has a hundred more."""
    url = f"{base}/github/repos/{repo.full_name}"
    return {
        "id": repo.id,
        "node_id": f"R_{repo.id}",
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": {"login": repo.owner, "id": 1, "type": "Organization"},
        "default_branch": repo.default_branch,
        "html_url": f"{base}/view/github/{repo.full_name}",
        "url": url,
        "size": 0 if repo.is_empty else 1,
        "permissions": {"admin": False, "push": True, "pull": True},
    }


def ref_shape(repo: Repo, ref: str, base: str) -> JsonObject:
    sha, url = repo.refs[ref], f"{base}/github/repos/{repo.full_name}"
    return {
        "ref": ref,
        "node_id": f"REF_{sha[:12]}",
        "url": f"{url}/git/{ref}",
        "object": {"sha": sha, "type": "commit", "url": f"{url}/git/commits/{sha}"},
    }


def signature_shape(who: Signature) -> JsonObject:
    return {"name": who.name, "email": who.email, "date": who.date}


def git_commit_shape(repo: Repo, commit: Commit, base: str) -> JsonObject:
    """A commit as the git data API and the contents API show it."""
    url = f"{base}/github/repos/{repo.full_name}/git"
    page = f"{base}/view/github/{repo.full_name}"
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha[:12]}",
        "url": f"{url}/commits/{commit.sha}",
        "html_url": page,
        "author": signature_shape(commit.author),
        "committer": signature_shape(commit.committer),
        "tree": {"sha": commit.tree, "url": f"{url}/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [{"sha": p, "url": f"{url}/commits/{p}", "html_url": page} for p in commit.parents],
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def commit_shape(repo: Repo, commit: Commit, base: str) -> JsonObject:
    """A commit as the list of commits shows it."""
    inner = git_commit_shape(repo, commit, base)
    url = f"{base}/github/repos/{repo.full_name}/commits/{commit.sha}"
    return {
        "sha": commit.sha,
        "node_id": inner["node_id"],
        "url": url,
        "html_url": inner["html_url"],
        "comments_url": f"{url}/comments",
        "commit": {k: inner[k] for k in ("author", "committer", "message", "tree", "verification")}
        | {"url": inner["url"], "comment_count": 0},
        "author": None,
        "committer": None,
        "parents": inner["parents"],
    }


def content_shape(repo: Repo, path: str, mode: str, sha: str, base: str, *, whole: bool) -> JsonObject:
    """A file or folder of the contents API; `whole` with the bytes."""
    url = f"{base}/github/repos/{repo.full_name}"
    body = repo.objects.body(sha, "blob") or b""
    kind = "dir" if mode == FOLDER else "file"
    own = f"{url}/contents/{path}?ref={repo.default_branch}"
    git = f"{url}/git/{'trees' if kind == 'dir' else 'blobs'}/{sha}"
    page = f"{base}/view/github/{repo.full_name}"
    shape: JsonObject = {
        "type": kind,
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": sha,
        "size": len(body),
        "url": own,
        "git_url": git,
        "html_url": page,
        "download_url": None if kind == "dir" else f"{base}/github/raw/{repo.full_name}/{path}",
        "_links": {"self": own, "git": git, "html": page},
    }
    if whole and kind == "file":
        small = len(body) <= _WHOLE_BYTES
        shape["encoding"] = "base64" if small else "none"
        shape["content"] = lines_of_base64(body) if small else ""
    return shape


def tree_shape(repo: Repo, sha: str, base: str, *, recursive: bool, limit: int) -> JsonObject:
    """A tree; with `recursive` everything below it, up to the limit."""
    url = f"{base}/github/repos/{repo.full_name}/git"
    rows: list[JsonObject] = []

    def add(tree: str, prefix: str) -> None:
        for name, (mode, inner) in (repo.objects.tree(tree) or {}).items():
            folder = mode == FOLDER
            row: JsonObject = {
                "path": f"{prefix}{name}",
                "mode": "040000" if folder else mode,
                "type": "tree" if folder else "blob",
                "sha": inner,
                "url": f"{url}/{'trees' if folder else 'blobs'}/{inner}",
            }
            if not folder:
                row["size"] = len(repo.objects.body(inner, "blob") or b"")
            rows.append(row)
            if folder and recursive:
                add(inner, f"{prefix}{name}/")

    add(sha, "")
    most = limit if recursive else len(rows)
    return {"sha": sha, "url": f"{url}/trees/{sha}", "tree": rows[:most], "truncated": len(rows) > most}


def lines_of_base64(body: bytes) -> str:
    """Base64 in lines of sixty, as GitHub sends it."""
    text = base64.b64encode(body).decode()
    return "".join(f"{text[i : i + 60]}\n" for i in range(0, len(text), 60))
