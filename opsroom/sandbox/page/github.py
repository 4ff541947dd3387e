"""What the GitHub stand-in received: repositories with their files and last commits."""

from typing import TYPE_CHECKING

from opsroom.sandbox.github.state import Repo
from opsroom.sandbox.page.layout import clock, escape, pretty_size

if TYPE_CHECKING:
    from opsroom.sandbox.api import Sandbox

_MOST_COMMITS = 12
_MOST_FILES = 200
_MOST_TEXT = 200_000


def github_rows(sandbox: "Sandbox") -> str:
    """A piece for each repository."""
    return "".join(_repo(repo) for repo in sandbox.github.repos.values())


def _repo(repo: Repo) -> str:
    commits = repo.log()
    name = escape(repo.full_name)
    rows = "".join(
        f'<li>{escape(c.message.partition(chr(10))[0][:160])} <span class="dim">{escape(c.author.name)}, '
        f"{clock(c.committer.at)}, {c.sha[:10]}</span></li>"
        for c in commits[:_MOST_COMMITS]
    )
    return (
        f'<article class="repo"><p class="line"><a class="name" href="/view/github/{name}">{name}</a></p>'
        f'<p class="dim">{len(commits)} commits on {escape(repo.default_branch)}</p>'
        f"{f'<ul class=files>{rows}</ul>' if rows else ''}</article>"
    )


def repo_page(repo: Repo) -> str:
    """The files of a repository as they stand on its default branch."""
    commits = repo.log()
    files = sorted(repo.objects.files(commits[0].tree)) if commits else []
    rows = "".join(_file(repo, path) for path in files[:_MOST_FILES])
    body = rows or '<p class="empty">Nothing was committed yet.</p>'
    return (
        '<p class="back"><a href="/">← Everything received</a></p><section class="card github">'
        f'<div class="card-head"><h2>{escape(repo.full_name)}</h2>'
        f'<p class="dim">{len(files)} files</p></div>{_repo(repo)}{body}</section>'
    )


def _file(repo: Repo, path: str) -> str:
    text = repo.text(path) or ""
    shown = text[:_MOST_TEXT] if "\0" not in text else "(binary)"
    size = pretty_size(len(text.encode()))
    return (
        f'<details data-key="{escape(path)}"><summary>{escape(path)} '
        f'<span class="dim">{size}</span></summary>'
        f"<pre>{escape(shown)}</pre></details>"
    )
