"""What each event of a session means to us: raw JSON in, an event of the port out. Pure.

Told apart by the `type` text alone. `EVENTS` names every type of the SDK this was written against; a
test compares the two, so a new member cannot slip by as "unknown" without anybody noticing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from opsroom.kernel.shape import Json, micro_to_usd
from opsroom.runs.engines.clean import as_object, as_text, shorten
from opsroom.runs.ports import EngineEvent, RunEventKind

MAX_EVENT: Final = 1024 * 1024
MAX_TEXT: Final = 200_000
MAX_RAW: Final = 20_000
MICRO_PER_CENT: Final = 10_000

Told = tuple[RunEventKind, Json]


def event_of(raw: Json, now: datetime, *, size: int = 0) -> EngineEvent | None:
    """`raw` as an event of the port; None for previews, which have no place in a log.

    `size` is its length in bytes where that is known: what is over the limit is kept cut.
    """
    kind = as_text(raw.get("type"), 200)
    if kind in PREVIEWS:
        return None
    tell = EVENTS.get(kind)
    if size > MAX_EVENT:
        told: Told = (
            "unknown",
            {"type": kind, "raw": _raw_text(raw), "size": size, "problem": "over 1 MiB, cut"},
        )
    elif tell is None:
        told = "unknown", {"type": kind, "raw": _small(raw)}
    else:
        told = tell(raw)
    return EngineEvent(
        source_id=source_id(raw),
        source_type=kind or "unknown",
        kind=told[0],
        at=_time(raw.get("processed_at"), now),
        body=told[1],
        cost_micro_usd=list_cost_micro_usd(raw.get("usage")) if kind == "session.usage" else None,
    )


def source_id(raw: Json) -> str:
    """The event's id; a hash of the whole where there is none, so that a repeat is still the same."""
    given = raw.get("id")
    if isinstance(given, str) and 0 < len(given) <= 200:
        return given
    text = json.dumps(raw, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:40]}"


def list_cost_micro_usd(usage: object) -> int | None:
    """`list_cost` of a usage block, told in cents as text, in micro-dollars; None where it is not told."""
    cost = as_object(as_object(usage).get("list_cost"))
    try:
        cents = Decimal(str(cost.get("amount")))
    except InvalidOperation:
        return None
    return int(cents * MICRO_PER_CENT) if cents.is_finite() and abs(cents) < 10**12 else None


def count(value: object) -> int | None:
    """`value` if it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def text_of(content: object) -> str:
    """The text of content blocks; what is no text is named in brackets."""
    if isinstance(content, str):
        return shorten(content, MAX_TEXT)
    parts: list[str] = []
    for block in content if isinstance(content, list) else []:
        part = as_object(block)
        kind = as_text(part.get("type"), 100)
        parts.append(as_text(part.get("text")) if kind == "text" else f"[{kind or 'unknown'}]")
    return shorten("\n".join(parts), MAX_TEXT)


def _time(value: object, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else now
    except ValueError:
        return now
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _raw_text(raw: Json) -> str:
    return shorten(json.dumps(raw, ensure_ascii=False), MAX_RAW)


def _small(raw: Json) -> object:
    text = json.dumps(raw, ensure_ascii=False)
    return raw if len(text) <= MAX_RAW else shorten(text, MAX_RAW)


def _message(raw: Json) -> Told:
    return "agent.message", {"text": text_of(raw.get("content"))}


def _thinking(_: Json) -> Told:
    return "agent.thinking", {}


def _tool_use(tool_kind: str) -> Callable[[Json], Told]:
    def tell(raw: Json) -> Told:
        body: Json = {
            "id": source_id(raw),
            "name": as_text(raw.get("name"), 500),
            "input": as_object(raw.get("input")),
            "tool_kind": tool_kind,
            "permission": as_text(raw.get("evaluated_permission"), 50) or "allow",
        }
        for more in ("session_thread_id", "mcp_server_name"):
            if raw.get(more):
                body[more] = as_text(raw.get(more), 500)
        if tool_kind == "custom":
            # We configure no custom tools: somebody gave the agent one that nobody here can run.
            body |= {"unexpected": True, "permission": "deny"}
        return "tool.use", body

    return tell


def _tool_result(raw: Json) -> Told:
    use = raw.get("tool_use_id") or raw.get("mcp_tool_use_id")
    body: Json = {"id": as_text(use, 500), "is_error": raw.get("is_error") is True}
    return "tool.result", {**body, "text": text_of(raw.get("content"))}


def _status(status: str) -> Callable[[Json], Told]:
    def tell(raw: Json) -> Told:
        body: Json = {"status": status}
        reason = as_text(as_object(raw.get("stop_reason")).get("type"), 200)
        if reason:
            body["stop_reason"] = reason
        if raw.get("stop_details"):
            body["stop_details"] = as_object(raw.get("stop_details"))
        return "session.status", body

    return tell


def _error(raw: Json) -> Told:
    error = as_object(raw.get("error"))
    body: Json = {
        "error_type": as_text(error.get("type"), 200) or "unknown_error",
        "message": as_text(error.get("message"), 5_000),
        "retry": as_text(as_object(error.get("retry_status")).get("type"), 50) or "unknown",
    }
    for more in ("mcp_server_name", "credential_id", "repository_url"):
        if error.get(more):
            body[more] = as_text(error.get(more), 1_000)
    return "session.error", body


def _usage(raw: Json) -> Told:
    usage = as_object(raw.get("usage"))
    spent = list_cost_micro_usd(usage)
    body: Json = {"cost_usd": None if spent is None else micro_to_usd(spent)}
    for name in ("input_tokens", "output_tokens", "cache_read_input_tokens"):
        if (tokens := count(usage.get(name))) is not None:
            body[name] = tokens
    return "cost", body


def _request_ended(raw: Json) -> Told:
    usage = as_object(raw.get("model_usage"))
    body: Json = {"cost_usd": None, "scope": "request", "is_error": raw.get("is_error") is True}
    names = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return "cost", {**body, **{name: count(usage.get(name)) or 0 for name in names}}


def _thread(raw: Json) -> Told:
    body: Json = {"event": as_text(raw.get("type"), 200)}
    names = (
        "session_thread_id", "agent_name", "workflow_run_id", "to_session_thread_id",
        "from_session_thread_id", "name", "phase",
    )  # fmt: skip
    body |= {name: as_text(raw.get(name), 500) for name in names if isinstance(raw.get(name), str)}
    if "content" in raw:
        body["text"] = text_of(raw["content"])
    for part in ("stop_reason", "error", "result"):
        if isinstance(raw.get(part), dict):
            body[part] = as_object(raw[part])
    return "thread", body


def _note(stream: str, words: str) -> Callable[[Json], Told]:
    """A line of the log. `words` may quote fields of the event."""

    def tell(raw: Json) -> Told:
        fields = {name: as_text(raw.get(name), 2_000) for name in _QUOTED}
        fields["text"] = text_of(raw.get("content"))
        return "log", {"stream": stream, "line": words.format_map(fields).strip()}

    return tell


# A closed list: the words above are ours, the values may hold braces without harm.
_QUOTED = ("result", "tool_use_id", "custom_tool_use_id", "deny_message", "description", "explanation")


def _updated(raw: Json) -> Told:
    changed = sorted(set(raw) - {"id", "type", "processed_at"})
    return "log", {"stream": "engine", "line": f"session updated: {', '.join(changed)}"[:2_000]}


_USES = {"agent.tool_use": "builtin", "agent.mcp_tool_use": "mcp", "agent.custom_tool_use": "custom"}
_THREADS = (
    "agent.thread_message_sent", "agent.thread_message_received", "agent.thread_context_compacted",
    "session.thread_created", "session.thread_status_running", "session.thread_status_idle",
    "session.thread_status_rescheduled", "session.thread_status_terminated",
    "workflow_run.created", "workflow_run.status_running", "workflow_run.status_idle",
    "workflow_run.status_ended", "workflow_run.error", "workflow_run.phase_started",
    "workflow_run.phase_ended",
)  # fmt: skip

PREVIEWS: Final = frozenset({"event_start", "event_delta"})

EVENTS: Final[Mapping[str, Callable[[Json], Told]]] = {
    "agent.message": _message,
    "agent.thinking": _thinking,
    **{name: _tool_use(kind) for name, kind in _USES.items()},
    "agent.tool_result": _tool_result,
    "agent.mcp_tool_result": _tool_result,
    **dict.fromkeys(_THREADS, _thread),
    "session.status_running": _status("running"),
    "session.status_rescheduled": _status("rescheduling"),
    "session.status_idle": _status("idle"),
    "session.status_terminated": _status("terminated"),
    "session.deleted": _status("deleted"),
    "session.error": _error,
    "session.usage": _usage,
    "session.updated": _updated,
    "span.model_request_start": _note("engine", "model request started"),
    "span.model_request_end": _request_ended,
    "span.outcome_evaluation_start": _note("engine", "outcome evaluation started"),
    "span.outcome_evaluation_ongoing": _note("engine", "outcome evaluation goes on"),
    "span.outcome_evaluation_end": _note("engine", "outcome evaluation: {result} {explanation}"),
    "user.message": _note("user", "{text}"),
    "user.interrupt": _note("user", "interrupted"),
    "user.tool_confirmation": _note("user", "{result} {tool_use_id} {deny_message}"),
    "user.custom_tool_result": _note("user", "result for {custom_tool_use_id}: {text}"),
    "user.tool_result": _note("user", "result for {tool_use_id}: {text}"),
    "user.define_outcome": _note("user", "outcome wanted: {description}"),
    "system.message": _note("system", "{text}"),
}
