"""The overview: one card for each stand-in, and the last requests."""

from typing import TYPE_CHECKING

from opsroom.sandbox.clickup.state import Task
from opsroom.sandbox.drive.state import Drive, DriveFile
from opsroom.sandbox.ledger import ReceivedRequest
from opsroom.sandbox.managed_agents.state import Session
from opsroom.sandbox.page.github import github_rows
from opsroom.sandbox.page.layout import chip, clock, escape, pretty_size
from opsroom.sandbox.page.mrkdwn import blocks_html, mrkdwn
from opsroom.sandbox.slack.state import Message, Slack

if TYPE_CHECKING:
    from opsroom.sandbox.api import Sandbox

_MOST = 30
_TONES = {"running": "busy", "terminated": "bad", "rescheduling": "warn"}


def overview(sandbox: "Sandbox") -> str:
    return f"""<div class="grid">
<div class="column">{_slack_card(sandbox)}{_drive_card(sandbox)}</div>
<div class="column">{_clickup_card(sandbox)}{_github_card(sandbox)}{_anthropic_card(sandbox)}</div>
</div>
{_requests_card(sandbox)}"""


def card(key: str, title: str, note: str, body: str) -> str:
    return (
        f'<section class="card {key}" aria-labelledby="{key}-title"><div class="card-head">'
        f'<h2 id="{key}-title">{escape(title)}</h2><p class="dim">{note}</p></div>{body}</section>'
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _empty(text: str) -> str:
    return f'<p class="empty">{escape(text)}</p>'


# Slack


def _slack_card(sandbox: "Sandbox") -> str:
    slack = sandbox.slack
    names = {u.id: u.name for u in slack.users.values()} | {c.id: c.name for c in slack.channels.values()}
    messages = [m for m in slack.messages if not m.deleted][-_MOST:][::-1]
    rows = "".join(_message(slack, m, names, sandbox.urls.base) for m in messages)
    note = _count(len(slack.messages), "message")
    return card("slack", "Slack", note, rows or _empty("No message was posted yet."))


def _message(slack: Slack, message: Message, names: dict[str, str], base: str) -> str:
    channel = slack.channels.get(message.channel)
    body = blocks_html(message.blocks, names) if message.blocks else f"<p>{mrkdwn(message.text, names)}</p>"
    shared = [slack.files[f] for f in message.files if f in slack.files]
    files = "".join(
        f'<li><a href="{base}/slack/files/{escape(f.id)}">{escape(f.title or f.name)}</a></li>'
        for f in shared
    )
    edited = ' <span class="dim">(edited)</span>' if message.edited_ts else ""
    return (
        f'<article class="message" id="slack-{escape(message.ts)}"><p class="who">'
        f'<span class="avatar" aria-hidden="true"></span><strong>opsroom</strong> '
        f'<span class="channel">#{escape(channel.name if channel else message.channel)}</span> '
        f"{clock(float(message.ts))}{edited}</p>"
        f'<div class="said">{body}{f"<ul>{files}</ul>" if files else ""}</div></article>'
    )


# ClickUp


def _clickup_card(sandbox: "Sandbox") -> str:
    tasks = sorted(sandbox.clickup.tasks.values(), key=lambda t: -t.updated_at)
    rows = "".join(_task(sandbox, t) for t in tasks[:_MOST])
    failed = sum(1 for a in sandbox.clickup.webhooks.attempts if a.status is None or a.status >= 300)
    note = _count(len(tasks), "task")
    if sandbox.clickup.webhooks.attempts:
        note += f", {_count(len(sandbox.clickup.webhooks.attempts), 'webhook call')}"
        note += f" ({failed} refused)" if failed else ""
    return card("clickup", "ClickUp", note, rows or _empty("No task exists yet."))


def status_chip(sandbox: "Sandbox", task: Task) -> str:
    index = sandbox.clickup.lists[task.list_id].status(task.status).orderindex % 6
    return f'<span class="status s{index}">{escape(task.status)}</span>'


def _task(sandbox: "Sandbox", task: Task) -> str:
    last = task.comments[-1].text if task.comments else ""
    comment = f'<p class="quote">{escape(last[:240])}{"…" if len(last) > 240 else ""}</p>' if last else ""
    files = "".join(
        f'<li><a href="/view/clickup-attachment/{escape(a.id)}">{escape(a.title)}</a> '
        f'<span class="dim">{pretty_size(a.blob.size)}</span></li>'
        for a in task.attachments[-6:]
    )
    counted = f"{_count(len(task.comments), 'comment')}, {_count(len(task.attachments), 'attachment')}"
    return (
        f'<article class="task"><p class="line"><a class="name" href="/view/clickup/{escape(task.id)}">'
        f"{escape(task.name)}</a>{status_chip(sandbox, task)}</p>"
        f'<p class="dim">{escape(task.id)}, {counted}, {clock(task.updated_at)}</p>'
        f"{comment}{f'<ul class=files>{files}</ul>' if files else ''}</article>"
    )


# Drive


def _drive_card(sandbox: "Sandbox") -> str:
    drive = sandbox.drive
    roots = [drive.root_id, *drive.shared_drives]
    trees = "".join(_tree(drive, drive.files[r], 0) for r in roots if drive.children(r) or r != drive.root_id)
    files = [f for f in drive.files.values() if f.parents and not f.trashed]
    total = sum(f.blob.size for f in files if f.blob)
    note = f"{_count(sum(not f.is_folder for f in files), 'file')}, {pretty_size(total)}"
    return card(
        "drive", "Google Drive", note, f'<ul class="tree">{trees}</ul>' if trees else _empty("Empty.")
    )


def _tree(drive: Drive, file: DriveFile, depth: int) -> str:
    name = escape(file.name)
    if not file.is_folder:
        size = pretty_size(file.blob.size) if file.blob else ""
        link = f'<a href="/view/drive/{escape(file.id)}">{name}</a>'
        return f'<li class="leaf">{link} <span class="dim">{size} {clock(file.created_at)}</span></li>'
    inside = sorted(drive.children(file.id), key=lambda f: (not f.is_folder, f.name))[:200]
    rows = "".join(_tree(drive, f, depth + 1) for f in inside) if depth < 12 else ""
    return f'<li class="branch"><span class="folder">{name}</span><ul>{rows}</ul></li>'


# GitHub


def _github_card(sandbox: "Sandbox") -> str:
    note = _count(len(sandbox.github.repos), "repository").replace("repositorys", "repositories")
    return card("github", "GitHub", note, github_rows(sandbox) or _empty("No repository exists yet."))


# Anthropic


def _anthropic_card(sandbox: "Sandbox") -> str:
    sessions = sorted(sandbox.anthropic.sessions.values(), key=lambda s: -s.number)
    rows = "".join(_session(sandbox, s) for s in sessions[:_MOST])
    running = sum(s.status == "running" for s in sessions)
    note = _count(len(sessions), "session") + (f", {running} running" if running else "")
    return card("anthropic", "Anthropic Managed Agents", note, rows or _empty("No session was created yet."))


def money(cents: int) -> str:
    return f"${cents / 100:.2f}"


def _session_chip(session: Session) -> str:
    """The status; for a resting session, why it rests."""
    idle = next((e for e in reversed(session.events) if e["type"] == "session.status_idle"), None)
    if session.status != "idle" or idle is None:
        return chip(session.status, _TONES.get(session.status, ""))
    reason = str(idle["stop_reason"]["type"])
    return chip(reason.replace("_", " "), "good" if reason == "end_turn" else "warn")


def _session(sandbox: "Sandbox", session: Session) -> str:
    said = next((e for e in reversed(session.events) if e["type"] == "agent.message"), None)
    words = " ".join(str(b.get("text", "")) for b in said["content"]) if said else ""
    outputs = [f for f in sandbox.anthropic.files.values() if f.session_id == session.id]
    files = "".join(
        f'<li><a href="/view/output/{escape(f.id)}">{escape(f.filename[:80])}</a> '
        f'<span class="dim">{pretty_size(f.blob.size)}</span></li>'
        for f in outputs[:6]
    )
    cost = money(session.usage.list_cost_cents)
    if session.budget_cents is not None:
        cost += f" of {money(session.budget_cents)}"
    return (
        f'<article class="session"><p class="line"><a class="name" href="/view/session/{escape(session.id)}">'
        f"{escape(session.title or str(session.agent['name']))}</a>"
        f"{_session_chip(session)}</p>"
        f'<p class="dim">{escape(session.id)}, {len(session.events)} events, {cost}, '
        f"{clock(session.created_at)}, scenario {escape(session.scenario)}</p>"
        f"{f'<p class=quote>{escape(words[:200])}</p>' if words else ''}"
        f"{f'<ul class=files>{files}</ul>' if files else ''}</article>"
    )


# Requests


def _requests_card(sandbox: "Sandbox") -> str:
    requests = sandbox.ledger.requests
    rows = "".join(_request(r) for r in requests[: -_MOST - 1 : -1])
    armed = sandbox.faults.armed()
    warning = f'<p class="armed">{_count(len(armed), "fault")} armed</p>' if armed else ""
    table = (
        '<div class="scroll"><table><thead><tr><th>time</th><th>service</th><th>request</th><th>answer</th>'
        f"<th>fault</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
    return (
        f'<details class="card requests" data-key="requests"><summary>Last requests '
        f'<span class="dim">{len(requests)} received</span>{warning}</summary>{table}</details>'
    )


def _request(entry: ReceivedRequest) -> str:
    tone = "" if entry.status is None else "good" if entry.status < 400 else "bad"
    return (
        f"<tr><td>{clock(entry.at)}</td><td>{escape(entry.service)}</td>"
        f"<td><code>{escape(entry.method)} {escape(entry.path[:120])}</code></td>"
        f"<td>{chip(str(entry.status or 'open'), tone)}</td><td>{escape(entry.fault or '')}</td></tr>"
    )
