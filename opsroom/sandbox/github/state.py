"""Repositories, Apps and tokens of the GitHub stand-in."""

import base64
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from opsroom.sandbox.github.objects import EMPTY_TREE, FILE, Commit, Objects, Signature

HOURLY = 5_000


@dataclass(slots=True)
class Repo:
    """`refs` holds full names: refs/heads/main. Nothing in it: an empty repository."""

    id: int
    owner: str
    name: str
    default_branch: str = "main"
    private: bool = True
    refs: dict[str, str] = field(default_factory=dict)
    objects: Objects = field(default_factory=Objects)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    @property
    def is_empty(self) -> bool:
        return not self.refs

    def head(self, branch: str = "") -> str | None:
        return self.refs.get(f"refs/heads/{branch or self.default_branch}")

    def log(self, branch: str = "") -> list[Commit]:
        """Commits of a branch, the newest first."""
        return self.objects.line_of(self.head(branch))

    def text(self, path: str, branch: str = "") -> str | None:
        """A file of a branch as text; None when there is none."""
        head = self.head(branch)
        commit = self.objects.commit(head) if head else None
        entry = self.objects.at(commit.tree, path) if commit else None
        body = self.objects.body(entry[1], "blob") if entry else None
        return body.decode("utf-8", "replace") if body is not None else None

    def resolve(self, ref: str) -> Commit | None:
        """The commit that a branch, a full ref or a hash names."""
        names = (ref, f"refs/heads/{ref}", f"refs/tags/{ref}", f"refs/{ref}")
        sha = next((self.refs[name] for name in names if name in self.refs), ref)
        return self.objects.commit(sha)


class GitHub:
    """`any_repo`: a repository that a client asks for is there, empty.

    `remaining` is what is left of the hour's requests; at 0 all is refused until it is set again.
    """

    def __init__(self, on_effect: Callable[..., object], *, any_repo: bool = False) -> None:
        self.repos: dict[str, Repo] = {}
        self.apps: dict[str, bytes] = {}  # app id to public key
        self.tokens: dict[str, float] = {}  # installation tokens to the time they end
        self.remaining = HOURLY
        self.tree_limit = 100_000
        self.effect = on_effect
        self.any_repo = any_repo

    def add_repo(self, owner: str, name: str, default_branch: str = "main") -> Repo:
        """An empty repository."""
        repo = Repo(1_000_000 + len(self.repos), owner, name, default_branch)
        self.repos[repo.full_name.lower()] = repo
        return repo

    def find(self, owner: str, name: str) -> Repo | None:
        return self.repos.get(f"{owner}/{name}".lower())

    def new_app(self, app_id: str) -> str:
        """An App; its private key as PEM. The signature of its JWTs is verified."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.apps[app_id] = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()

    def new_token(self, app_id: str, lasts_s: float = 3600.0) -> tuple[str, float]:
        """A token of an installation, in the longer form of 2026, and the time it ends."""
        ends = time.time() + lasts_s
        token = f"ghs_{app_id}_{base64.urlsafe_b64encode(secrets.token_bytes(120)).decode().rstrip('=')}"
        self.tokens[token] = ends
        return token, ends

    def move(self, repo: Repo, ref: str, sha: str) -> None:
        """Let a ref name a commit; the effect that counts."""
        repo.refs[ref] = sha
        commit = repo.objects.commit(sha)
        subject, _, _ = (commit.message if commit else "").partition("\n")
        self.effect("github", "commit.pushed", sha, repo=repo.full_name, ref=ref, message=subject)

    def push(self, repo: Repo, path: str, text: str | None, message: str = "Pushed by somebody") -> str:
        """What somebody with a clone pushes to the default branch; None deletes. The commit."""
        head = repo.head()
        base = repo.objects.commit(head) if head else None
        files = repo.objects.files(base.tree if base else EMPTY_TREE)
        files.pop(path, None)
        if text is not None:
            files[path] = (FILE, repo.objects.put_blob(text.encode()))
        who = Signature("Olga", "olga@example.com", int(time.time()))
        tree = repo.objects.put_files(files)
        sha = repo.objects.put_commit(tree, [head] if head else [], who, who, message)
        self.move(repo, f"refs/heads/{repo.default_branch}", sha)
        return sha
