"""What must be true however often the product died: checked on the sandbox's ledgers, run by run."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from typing import Any

from opsroom.sandbox.slack.state import Message
from tests.durability.rig import Order, Rig

_END_OF = {"sentinel": "DONE", "asker": "DONE", "walker": "DONE", "spender": "TERMINATED"}
_FILES_OF = {"sentinel": 2, "walker": 2, "asker": 1, "spender": 0}


async def violations(rig: Rig) -> list[str]:
    """Every promise that is broken; empty when none is."""
    await _at_rest(rig)
    found: list[str] = []
    runs = {r["id"]: r for r in await rig.all_runs()}
    ordered = Counter(o.run_id for o in rig.orders)
    found += [f"run {r} was never ordered, or is one too many" for r in runs if ordered[r] != 1]
    for order in rig.orders:
        run = runs.get(order.run_id or "")
        if run is None:
            found.append(f"{order.client_id}: its run is lost")
            continue
        found += [f"{order.client_id} {run['id']}: {text}" for text in await _of_run(rig, order, run)]
    if "OPSROOM_DATABASE_URL" not in rig.env:
        found += _of_file(rig)
    return found


async def _at_rest(rig: Rig) -> None:
    """Wait until nothing is waiting any more: alerts go out after a run has ended."""
    async with asyncio.timeout(60):
        while True:
            before = rig.sandbox.ledger.changes
            await asyncio.sleep(0.7)
            if rig.sandbox.ledger.changes == before:
                return


async def _of_run(rig: Rig, order: Order, run: Any) -> list[str]:
    found = []
    wanted = _END_OF[order.agent]
    if run["status"] != wanted:
        found.append(f"is {run['status']} and not {wanted}: {run['error']}")
    sessions = [
        s for s in rig.sandbox.anthropic.sessions.values() if s.metadata.get("opsroom_run") == run["id"]
    ]
    if len(sessions) != 1:
        return [*found, f"has {len(sessions)} sessions"]
    session = sessions[0]
    found += _of_deliveries(rig, order, run)
    log = await _log(rig, run["id"])
    if [e["seq"] for e in log] != list(range(1, run["event_count"] + 1)):
        found.append("its log has a gap or a repeat")
    theirs = [str(e["type"]) for e in session.events]
    ours = [e["source_type"] for e in log if e["source_type"] != "opsroom"]
    if order.agent == "spender":  # what a session still says after it was told to stop is not followed
        theirs = theirs[: len(ours)]
    if ours != theirs:
        found.append(f"its log differs from the server's history: {len(ours)} events against {len(theirs)}")
    found += _of_copy(rig, session.id, log)
    if order.agent == "asker":
        answers = [e for e in session.events if e["type"] == "user.tool_confirmation"]
        if len(answers) != 1:
            found.append(f"{len(answers)} confirmations of one tool call")
    return found


def _of_deliveries(rig: Rig, order: Order, run: Any) -> list[str]:
    files = _FILES_OF[order.agent]
    sandbox, name = rig.sandbox, f"Client {order.client_id}"
    task = sandbox.clickup.tasks[order.task_id]
    folders = [f for f in sandbox.drive.files.values() if f.is_folder and f.name == name]
    uploaded = [
        f
        for f in sandbox.drive.files.values()
        if not f.is_folder and name in sandbox.drive.path_of(f).split("/")
    ]
    moves = [e for e in sandbox.ledger.find_effects("clickup", "status.changed") if e.subject == task.id]
    into_review = [e for e in moves if e.detail["after"] == "Review"]
    ended_well = int(files > 0)
    counts = {
        "reports in Slack": (_messages(rig, "seo-automation", run["id"]), ended_well),
        # One that the spending is high, one that the run was stopped for it.
        "alerts in Slack": (_messages(rig, "seo-automation-alerts", run["id"]), 0 if ended_well else 2),
        "comments on the task": (len(task.comments), 1),  # of the report, or of the alert that blocks it
        "attachments of the task": (len(task.attachments), files),
        "moves into Review": (len(into_review), ended_well),
        "folders in Drive": (len(folders), ended_well),
        "files in Drive": (len(uploaded), files),
    }
    return [f"{there} {what} and not {due}" for what, (there, due) in counts.items() if there != due]


def _messages(rig: Rig, channel: str, run_id: str) -> int:
    return sum(_mentions(m, run_id) for m in rig.sandbox.slack.in_channel(channel) if m.thread_ts is None)


def _mentions(message: Message, run_id: str) -> bool:
    return run_id in json.dumps([message.text, message.blocks, message.metadata, message.attachments])


async def _log(rig: Rig, run_id: str) -> list[Any]:
    events: list[Any] = []
    while True:
        page = await rig.get(f"/api/runs/{run_id}/log?limit=500&after={events[-1]['seq'] if events else 0}")
        events += page
        if len(page) < 500:
            return events


def _of_copy(rig: Rig, session_id: str, log: list[Any]) -> list[str]:
    path = rig.data / "logs" / "sessions" / f"{session_id}.jsonl"
    if not path.exists():
        return ["there is no JSONL copy of its log"]
    lines = path.read_text().splitlines()
    try:
        copied = [json.loads(line)["seq"] for line in lines]
    except ValueError:
        return ["its JSONL copy has a torn line"]
    if copied != [e["seq"] for e in log]:
        return [f"its JSONL copy differs from its log: {len(copied)} lines, {len(log)} events"]
    return []


def _of_file(rig: Rig) -> list[str]:
    conn = sqlite3.connect(rig.data / "opsroom.db")
    try:
        verdict = conn.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        conn.close()
    return [] if verdict == "ok" else [f"the database file is damaged: {verdict}"]
