"""Settings of the engine `anthropic_managed`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field, SecretStr

from opsroom.kernel.shape import Shape


class AnthropicSettings(Shape):
    """The account that managed agents run on, and how patient we are with it."""

    ENV: ClassVar[Mapping[str, str]] = {"ANTHROPIC_API_KEY": "api_key", "ANTHROPIC_BASE_URL": "base_url"}

    api_key: SecretStr | None = None
    """API key of the Anthropic workspace the agents live in."""
    base_url: str = "https://api.anthropic.com"
    """Where the API is; the sandbox, a proxy or a test server can stand there."""
    timeout_s: float = Field(default=30.0, gt=0)
    """How long one call may take. A session whose creation got no answer is looked for this long."""
    connect_timeout_s: float = Field(default=5.0, gt=0)
    """How long connecting may take."""
    retry_delays_s: tuple[float, ...] = (1.0, 4.0, 16.0)
    """Pauses before a failed call is repeated; as many repeats as there are pauses."""
    lookup_margin_s: float = Field(default=5.0, ge=0)
    """Longer than the time limit by this much must nothing be found before a creation is repeated."""
    stream_idle_s: float = Field(default=45.0, gt=0)
    """An event stream that sends nothing for so long, not even a heartbeat, is opened anew."""
    reconnect_first_s: float = Field(default=0.2, ge=0)
    """Pause before a broken stream is opened again; it doubles with each failure."""
    reconnect_most_s: float = Field(default=2.0, gt=0)
    """The longest such pause."""
    give_up_after_s: float = Field(default=900.0, gt=0)
    """With no answer at all for so long, following fails for now and is taken up again by the run."""
    outputs_poll_s: float = Field(default=0.5, gt=0)
    """Seconds between two looks at the list of outputs, which lags behind the end of a session."""
    outputs_quiet_s: float = Field(default=1.0, ge=0)
    """The list is complete when it has not changed for so long."""
    outputs_empty_s: float = Field(default=10.0, ge=0)
    """A list that is still empty after so long is taken to be empty."""
    max_connections: int = Field(default=2000, ge=10)
    """Connections at once; each session that is followed holds one."""
