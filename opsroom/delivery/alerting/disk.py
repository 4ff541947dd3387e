"""Looking at the disk from time to time, and telling people before it is full."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import structlog

from opsroom.delivery import api, rules, store
from opsroom.delivery.settings import DeliverySettings
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.clock import Clock
from opsroom.kernel.uow import UnitsOfWork

log = structlog.get_logger("opsroom.delivery")

_REMIND_AFTER_S = 6 * 3600.0
_ANYWHERE = Scope(organization_id="-", instance_id="-", project_id="-")


class DiskWatch:
    """Raises the disk alert when the limit is passed, and again every six hours while it stays so."""

    def __init__(
        self, unit_of_work: UnitsOfWork, data_dir: Path, settings: DeliverySettings, clock: Clock
    ) -> None:
        self._uow = unit_of_work
        self._data_dir = data_dir
        self._settings = settings
        self._clock = clock
        self._told_at: float | None = None

    async def run(self) -> None:
        """For the life of the process."""
        while True:
            await self.look()
            await self._clock.sleep(self._settings.disk_check_s)

    async def look(self) -> bool:
        """One look; True if an alert was raised."""
        usage = await asyncio.to_thread(shutil.disk_usage, self._data_dir)
        percent = 100 * (usage.total - usage.free) / usage.total
        if percent < self._settings.disk_alert_percent:
            self._told_at = None
            return False
        now = self._clock.monotonic()
        if self._told_at is not None and now - self._told_at < _REMIND_AFTER_S:
            return False
        self._told_at = now
        log.error("delivery.disk_filling", percent=round(percent, 1), free_bytes=usage.free)
        async with self._uow.reading(system_actor(_ANYWHERE)) as tx:
            scope = await store.newest_scope(tx)
        if scope is None:  # nobody lives here yet; the log line has to do
            return False
        async with self._uow(system_actor(scope)) as tx:
            order = rules.disk_alert(percent, usage.free, self._settings.disk_alert_percent)
            await api.raise_alert(tx, order)
        return True
