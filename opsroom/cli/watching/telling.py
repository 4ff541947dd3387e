"""A run's events in words: one line each, folded where they are long."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from opsroom.cli.records import RunEvent
from opsroom.cli.screen import clean, one_line, plural, size, state_style

_MESSAGE_CHARS = 4000
_ARGUMENT_CHARS = 60
_WHERE = 300


@dataclass(frozen=True, slots=True)
class Line:
    """What is shown of an event: a word for its kind, the text, and how both are styled."""

    label: str
    text: str
    label_style: str = "dim"
    text_style: str = ""


def line_of(event: RunEvent) -> Line | None:
    """The line for `event`; None for what only moves the status line."""
    teller = _TELLERS.get(event.kind)
    if teller is None:
        return Line("event", one_line(f"{event.kind} {event.source_type}"), text_style="dim")
    return teller(event)


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _state(event: RunEvent) -> Line:
    to, reason = one_line(_text(event.body, "to"), 40), one_line(_text(event.body, "reason"))
    return Line("state", f"{to} – {reason}" if reason else to, text_style=state_style(to))


def _message(event: RunEvent) -> Line | None:
    text = clean(_text(event.body, "text")).strip()
    if not text:
        return None
    if len(text) > _MESSAGE_CHARS:
        left = len(text) - _MESSAGE_CHARS
        text = f"{text[:_MESSAGE_CHARS].rstrip()}… ({left:,} characters more in the log)"
    return Line("agent", text, label_style="bold")


def _tool_use(event: RunEvent) -> Line:
    name = one_line(_text(event.body, "name"), 60) or "tool"
    given = event.body.get("input")
    shown = arguments(given) if isinstance(given, dict) else ""
    return Line("tool", f"{name} {shown}".rstrip(), label_style="blue")


def arguments(given: dict[str, object]) -> str:
    """A tool's arguments as `name=value`, each folded to a few words."""
    return "  ".join(f"{one_line(name, 40)}={_value(value)}" for name, value in given.items())


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return one_line(text, _ARGUMENT_CHARS)


def _tool_result(event: RunEvent) -> Line:
    text = clean(_text(event.body, "text")).strip()
    first, _, rest = text.partition("\n")
    more = rest.count("\n") + 1 if rest.strip() else 0
    shown = one_line(first, 160) or "done"
    if more:
        shown += f" ({plural(more, 'line')} more)"
    if event.body.get("is_error"):
        return Line("", f"↳ failed: {shown}", text_style="red")
    return Line("", f"↳ {shown}", text_style="dim")


def _session_status(event: RunEvent) -> Line | None:
    status, stop = one_line(_text(event.body, "status"), 60), event.body.get("stop_reason")
    if isinstance(stop, dict):
        stop = stop.get("type")
    if not status or (status == "running" and not stop):
        return None
    return Line("session", f"{status} ({one_line(str(stop), 80)})" if stop else status, text_style="dim")


def _session_error(event: RunEvent) -> Line:
    kind, message = one_line(_text(event.body, "error_type"), 60), one_line(_text(event.body, "message"), 400)
    retry = event.body.get("retry")
    again = " – the session tries again" if retry in (True, "retrying") else ""
    text = ": ".join(part for part in (kind, message) if part) or "the session reported an error"
    return Line("problem", text + again, label_style="red", text_style="red")


def _output(event: RunEvent) -> Line | None:
    count = event.body.get("size")
    if not isinstance(count, int):
        return None  # announced by the program; told again, with its size, once we have it
    return Line("file", f"{one_line(_text(event.body, 'name'), 200)}  {size(count)}", label_style="green")


def _delivery(event: RunEvent) -> Line:
    channel, status = one_line(_text(event.body, "channel"), 40), one_line(_text(event.body, "status"), 40)
    where = one_line(_text(event.body, "link"), _WHERE) or one_line(_text(event.body, "detail"), _WHERE)
    style = {"sent": "green", "failed": "red"}.get(status, "")
    status = "would be sent" if status == "dry_run" else status
    return Line("delivery", f"{channel} {status}  {where}".rstrip(), label_style="green", text_style=style)


def _approval(event: RunEvent) -> Line:
    tool, status = one_line(_text(event.body, "tool_name"), 60), one_line(_text(event.body, "status"), 20)
    given = one_line(_text(event.body, "approval_id"), 60)
    if status == "pending":
        text = (
            f"The agent asks to use {tool}. See it: opsroom approvals list. "
            f"Answer it: opsroom approvals allow {given}, or: opsroom approvals deny {given} --message WHY"
        )
        return Line("approval", text, label_style="bold magenta", text_style="magenta")
    who = one_line(_text(event.body, "decided_by_name") or _text(event.body, "decided_by"), 60)
    return Line("approval", f"{tool} {status}" + (f" by {who}" if who else ""), label_style="magenta")


def _thread(event: RunEvent) -> Line:
    named = [one_line(f"{k}={v}", 80) for k, v in event.body.items() if isinstance(v, str | int)]
    return Line("thread", "  ".join(named[:4]) or event.source_type, text_style="dim")


def _log(event: RunEvent) -> Line | None:
    text = one_line(_text(event.body, "line"), 400)
    return Line("log", text, text_style="dim") if text else None


def _unknown(event: RunEvent) -> Line:
    kind = one_line(_text(event.body, "type") or event.source_type, 80)
    return Line("event", f"{kind} (this version has no words for it; it is in the log)", text_style="dim")


def _silent(_event: RunEvent) -> None:
    return None


_TELLERS: dict[str, Callable[[RunEvent], Line | None]] = {
    "run.state": _state,
    "agent.message": _message,
    "agent.thinking": _silent,
    "tool.use": _tool_use,
    "tool.result": _tool_result,
    "progress": _silent,
    "cost": _silent,
    "summary": _silent,
    "session.status": _session_status,
    "session.error": _session_error,
    "output": _output,
    "delivery": _delivery,
    "approval": _approval,
    "thread": _thread,
    "log": _log,
    "unknown": _unknown,
}
