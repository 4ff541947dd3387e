"""Pages of one thing: a session with its events, a task with its fields, a file with its content."""

import json
from typing import TYPE_CHECKING

from opsroom.sandbox.blobs import Blob
from opsroom.sandbox.clickup.state import Task
from opsroom.sandbox.managed_agents.state import Session
from opsroom.sandbox.page.layout import clock, escape, pretty_size
from opsroom.sandbox.page.overview import card, money, status_chip
from opsroom.sandbox.wire import JsonObject, rfc3339, seconds_of

if TYPE_CHECKING:
    from opsroom.sandbox.api import Sandbox

_MOST_EVENTS = 500
_MOST_BYTES = 200_000
_BACK = '<p class="back"><a href="/">← Everything received</a></p>'


def session_page(session: Session) -> str:
    rows = "".join(_event(e) for e in session.events[-_MOST_EVENTS:])
    facts = _facts(
        {
            "status": session.status,
            "agent": session.agent_id,
            "environment": session.environment_id,
            "cost": money(session.usage.list_cost_cents),
            "budget": money(session.budget_cents) if session.budget_cents is not None else "none",
            "scenario": session.scenario,
            **session.metadata,
        }
    )
    note = f"{escape(session.id)}, {len(session.events)} events"
    return _BACK + card(
        "anthropic", session.title or session.id, note, facts + f'<ol class="events">{rows}</ol>'
    )


def _event(event: JsonObject) -> str:
    kind = str(event["type"])
    family = kind.partition(".")[0]
    at = seconds_of(str(event.get("processed_at") or ""))
    rest = {k: v for k, v in event.items() if k not in ("id", "type", "processed_at", "content")}
    text = " ".join(str(b.get("text", "")) for b in event.get("content") or [] if isinstance(b, dict))
    shown = json.dumps(rest, ensure_ascii=False) if rest else ""
    return (
        f'<li class="{escape(family)}"><p class="line"><span class="kind">{escape(kind)}</span>'
        f"{clock(at) if at else '<span class=dim>queued</span>'}</p>"
        f"{f'<p class=text>{escape(text[:4000])}</p>' if text else ''}"
        f"{f'<pre>{escape(shown[:2000])}</pre>' if shown else ''}</li>"
    )


def task_page(sandbox: "Sandbox", task: Task) -> str:
    task_list = sandbox.clickup.lists[task.list_id]
    fields = {
        f.name: _readable(task.values.get(f.id), f.type, f.options, f.option_ids()) for f in task_list.fields
    }
    comments = "".join(
        f'<article class="message"><p class="who"><strong>opsroom</strong> {clock(c.at)}</p>'
        f'<p class="text">{escape(c.text)}</p></article>'
        for c in task.comments
    )
    files = "".join(
        f'<li><a href="/view/clickup-attachment/{escape(a.id)}">{escape(a.title)}</a> '
        f'<span class="dim">{pretty_size(a.blob.size)}</span></li>'
        for a in task.attachments
    )
    body = f'<p class="line">{status_chip(sandbox, task)}</p>{_facts(fields)}'
    body += f"<h3>Attachments</h3><ul class=files>{files}</ul>" if files else ""
    body += f"<h3>Comments</h3>{comments}" if comments else ""
    return _BACK + card("clickup", task.name, f"{escape(task.id)} in {escape(task_list.name)}", body)


def _readable(value: object, kind: str, options: list[str], ids: list[str]) -> str:
    if value is None:
        return ""
    if kind == "drop_down" and isinstance(value, int):
        return options[value]
    if kind == "labels" and isinstance(value, list):
        return ", ".join(options[ids.index(v)] for v in value if v in ids)
    if kind == "location" and isinstance(value, dict):
        return str(value.get("formatted_address"))
    if kind == "date" and isinstance(value, str):
        return rfc3339(int(value) / 1000)[:10]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def file_page(sandbox: "Sandbox", name: str, media_type: str, blob: Blob, where: str, frame: str) -> str:
    note = f"{escape(where)}, {escape(media_type)}, {pretty_size(blob.size)}"
    if frame:
        body = f'<iframe class="shown" sandbox title="{escape(name)}" src="{escape(frame)}"></iframe>'
    else:
        body = f"<pre class=file>{escape(_text_of(sandbox, blob, media_type))}</pre>"
    return _BACK + card("drive", name, note, body)


def _text_of(sandbox: "Sandbox", blob: Blob, media_type: str) -> str:
    raw = sandbox.blobs.read(blob, _MOST_BYTES)
    if b"\0" in raw[:4000]:
        return f"{blob.size} bytes that are not text."
    text = raw.decode("utf-8", "replace")
    if "json" in media_type and blob.size <= _MOST_BYTES:
        try:
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except ValueError:
            return text  # shown as it is
    return text if blob.size <= _MOST_BYTES else f"{text}\n… {pretty_size(blob.size)} in all"


def _facts(facts: dict[str, str]) -> str:
    rows = "".join(
        f"<div><dt>{escape(k)}</dt><dd>{escape(v) or '<span class=dim>not set</span>'}</dd></div>"
        for k, v in facts.items()
    )
    return f'<dl class="facts">{rows}</dl>'
