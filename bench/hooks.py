"""Webhooks as ClickUp sends them, and the generator that sends many."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from bench.world import READY, ROOT, SECRET
from opsroom.triggers.sources.clickup.rules import sign

Signed = tuple[dict[str, str], str]


def moved(task_id: str, date_ms: int, into: str = READY) -> Signed:
    """Headers and body for a task that moved from Backlog into a status."""
    item = {
        "id": f"4{date_ms:018d}",
        "type": 1,
        "date": str(date_ms),
        "field": "status",
        "before": {"status": "backlog", "type": "open"},
        "after": {"status": into, "type": "custom"},
    }
    body = {"event": "taskStatusUpdated", "task_id": task_id, "webhook_id": "wh", "history_items": [item]}
    raw = json.dumps(body)
    return {"X-Signature": sign(raw.encode(), SECRET), "Content-Type": "application/json"}, raw


async def send(
    url: str, requests: list[Signed], per_s: float, warm: list[Signed] | None = None, *, keep: bool = False
) -> dict[str, Any]:
    """Let the load generator send these; its report."""
    plan = {"url": url, "per_s": per_s, "requests": requests, "warm": warm or [], "keep": keep}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.loadgen",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await running.communicate(json.dumps(plan).encode())
    return json.loads(out)
