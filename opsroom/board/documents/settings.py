"""Settings of documents: which repository, how large, how patient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, SecretStr, model_validator

from opsroom.kernel.shape import Shape

MIB = 1024 * 1024


class DocumentsSettings(Shape):
    """Documents and attachments: where they are kept, how large they may be."""

    repository: str = "local_git"
    """Where documents of projects without a line of their own in `projects` go: `local_git`, or
    `github:owner/name-{project}` with a place for the project's id, so that no two share a repository."""
    projects: dict[str, str] = Field(default_factory=dict)
    """Repository by project id: {"proj_…": "github:acme/ops-docs@main"}."""
    max_text_bytes: Annotated[int, Field(ge=1_000, le=900_000)] = 500_000
    """Ceiling for one document, in bytes of UTF-8."""
    max_attachment_bytes: Annotated[int, Field(ge=1)] = 100 * MIB
    """Ceiling for one attachment."""
    max_attachments: Annotated[int, Field(ge=1, le=1_000)] = 200
    """Attachments one task may have."""
    git_attachment_bytes: Annotated[int, Field(ge=0, le=100 * MIB)] = 10 * MIB
    """Attachments up to this size go into the repository; of larger ones only a pointer."""
    first_wait_s: Annotated[float, Field(gt=0)] = 2.0
    """Pause before a repository that was away is tried again; doubles up to `longest_wait_s`."""
    longest_wait_s: Annotated[float, Field(gt=0)] = 60.0
    """Longest pause between two tries of a repository that is away."""
    look_every_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds between two looks for commits that others made, and for work that was left lying."""
    keep_texts_days: Annotated[int, Field(ge=1)] = 30
    """Days that older texts stay in the database too, for merging and history without the repository."""

    @model_validator(mode="after")
    def _one_repository_each(self) -> DocumentsSettings:
        name, _, location = self.repository.partition(":")
        if location and "{project}" not in location:
            raise ValueError(
                f"repository: {self.repository!r} would be shared by every project; write {{project}} where "
                f"its id belongs, as in {name}:{location}-{{project}}, or name the project under `projects`"
            )
        named = [text.lower() for text in self.projects.values() if ":" in text]
        twice = sorted({text for text in named if named.count(text) > 1})
        if twice:
            raise ValueError(f"projects: {', '.join(twice)} is named for two projects")
        return self


class GitHubSettings(Shape):
    """GitHub: the account documents are committed with; a token, or an App's installation."""

    ENV: ClassVar[Mapping[str, str]] = {
        "OPSROOM_GITHUB_URL": "url",
        "GITHUB_TOKEN": "token",
        "GITHUB_APP_ID": "app_id",
        "GITHUB_APP_PRIVATE_KEY": "app_private_key",
        "GITHUB_INSTALLATION_ID": "installation_id",
    }

    url: str = "https://api.github.com"
    """Base address of the REST API; GitHub Enterprise, a sandbox or a proxy can stand here."""
    token: SecretStr | None = None
    """Token with read and write access to the contents of the repositories."""
    app_id: str | None = None
    """Id of a GitHub App, instead of a token."""
    app_private_key: SecretStr | None = None
    """Private key of the App (PEM)."""
    installation_id: str | None = None
    """Installation of the App in the organization that owns the repositories."""
    timeout_s: float = Field(default=30.0, gt=0)
    """Longest wait for one answer."""
