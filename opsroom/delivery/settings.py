"""How delivery behaves. Where each channel's account is configured: channels/<name>/settings.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from opsroom.kernel.shape import Shape


class DeliverySettings(Shape):
    """Retries, alerts and watches."""

    ENV: ClassVar[Mapping[str, str]] = {"DAILY_COST_ALERT_THRESHOLD_USD": "daily_cost_alert_threshold_usd"}

    retry_delay_s: float = Field(default=2.0, ge=0)
    """Pause before what failed is tried once more, when the other side does not name one."""
    retry_delay_limit_s: float = Field(default=60.0, ge=0)
    """Longest pause a Retry-After can ask for; beyond it the retry is made at this time anyway."""
    alert_window_s: float = Field(default=600.0, ge=0)
    """Alerts about the same trouble send one message within this time; the rest are counted."""
    alerts_per_window: int = Field(default=30, ge=1)
    """Messages about different troubles within the same time."""
    daily_cost_alert_threshold_usd: float = Field(default=30.0, ge=0)
    """Tell the alerts channel when a day's spend passes this; 0 turns it off."""
    disk_alert_percent: float = Field(default=80.0, gt=0, le=100)
    """Tell the alerts channel when the disk with the data folder is fuller than this."""
    disk_check_s: float = Field(default=300.0, gt=0)
    """Seconds between two looks at the disk."""
