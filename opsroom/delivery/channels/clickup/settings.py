"""The ClickUp account tasks are read and written with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, SecretStr

from opsroom.kernel.shape import Shape


class ClickUpSettings(Shape):
    """ClickUp: where tasks come from and results go to."""

    ENV: ClassVar[Mapping[str, str]] = {
        "OPSROOM_CLICKUP_URL": "url",
        "CLICKUP_API_TOKEN": "api_token",
        "CLICKUP_WORKSPACE_ID": "workspace_id",
    }

    url: str = "https://api.clickup.com/api"
    """Base address of the API, without /v2; a sandbox or a proxy can stand here."""
    web_url: str = "https://app.clickup.com"
    """Where people open tasks; for links in messages."""
    api_token: SecretStr | None = None
    """Personal token (pk_…) of the account the agents work as, or an OAuth access token."""
    workspace_id: str | None = None
    """The workspace ("team" in the API); needed to find tasks by a custom id such as SEO-12."""
    timeout_s: float = Field(default=20.0, gt=0)
    """Longest wait for one answer."""
    upload_timeout_s: float = Field(default=300.0, gt=0)
    """Longest time for one attachment."""
