"""Settings of the triggers room."""

from __future__ import annotations

from typing import ClassVar

from pydantic import SecretStr

from opsroom.kernel.shape import Shape


class TriggersSettings(Shape):
    """How webhooks are judged and lost ones found."""

    ENV: ClassVar[dict[str, str]] = {"CLICKUP_WEBHOOK_SECRET": "clickup_webhook_secret"}

    clickup_webhook_secret: SecretStr | None = None
    """Secret ClickUp signs with. Several, parted by commas, while one is being replaced."""
    reconcile_s: float = 120.0
    """Seconds between two looks for tasks whose webhook was lost. 0 switches it off."""
    reconcile_grace_s: float = 45.0
    """A task must have been seen waiting this long before its webhook counts as lost."""
    task_tries: int = 6
    """How often the task of an accepted webhook is asked for, with growing pauses, before giving up."""
    keep_days: int = 90
    """Webhook deliveries are kept this many days; refused ones a tenth of it."""

    board_starts_a_day: int = 20
    """One card starts at most so many runs a day: two agents that hand a card to each other are stopped."""

    def secrets(self) -> tuple[str, ...]:
        """The secrets in force."""
        text = self.clickup_webhook_secret.get_secret_value() if self.clickup_webhook_secret else ""
        return tuple(s.strip() for s in text.split(",") if s.strip())
