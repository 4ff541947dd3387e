"""Makes complete events from the short forms a scenario uses, and keeps the ids in them consistent."""

import time

from opsroom.sandbox.managed_agents.state import ManagedAgents, Session, Thread
from opsroom.sandbox.wire import JsonObject, new_id, rfc3339

_ID_MEMBERS = ("tool_use_id", "mcp_tool_use_id", "custom_tool_use_id", "model_request_start_id")
_THREAD_MEMBERS = ("session_thread_id", "to_session_thread_id", "from_session_thread_id")
_USES = ("agent.tool_use", "agent.mcp_tool_use", "agent.custom_tool_use")
_EVALUATIONS = {"allow": "always_allow", "ask": "always_ask", "deny": "always_allow"}
_NO_USAGE = {
    "input_tokens": 0,
    "output_tokens": 0,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
}


def compose(host: ManagedAgents, session: Session, short: JsonObject) -> JsonObject:
    """The full event for a short form. A local `id` becomes an alias that later steps may refer to."""
    given = dict(short)
    alias = given.pop("id", None)
    event: JsonObject = {
        "id": new_id("sevt_"),
        "type": given.pop("type"),
        "processed_at": rfc3339(time.time()),
    }
    _expand_text(event["type"], given)
    _expand_defaults(event["type"], given, session)
    _resolve_threads(host, session, event["type"], given)
    for member in _ID_MEMBERS:
        if isinstance(given.get(member), str):
            given[member] = session.aliases.get(given[member], given[member])
    event.update(given)
    if isinstance(alias, str):
        session.aliases[alias] = event["id"]
    if event["type"] in _USES:
        session.aliases["last_tool_use"] = event["id"]
    if event["type"] == "span.model_request_start":
        session.aliases["last_model_request"] = event["id"]
    if event["type"] == "agent.custom_tool_use" or given.get("evaluated_permission") == "ask":
        session.pending.append(event["id"])
    return event


def _expand_text(kind: str, given: JsonObject) -> None:
    """`text` is short for content blocks; `text_bytes` for a very long text."""
    if "text_bytes" in given:
        given["text"] = "x" * int(given.pop("text_bytes"))
    if "text" in given and kind.startswith(("agent.", "user.")):
        given["content"] = [{"type": "text", "text": given.pop("text")}]


def _expand_defaults(kind: str, given: JsonObject, session: Session) -> None:
    if kind in ("agent.tool_use", "agent.mcp_tool_use"):
        given.setdefault("input", {})
        permission = given.setdefault("evaluated_permission", "allow")
        given.setdefault("evaluation", {"type": _EVALUATIONS.get(permission, "always_allow")})
    if kind == "agent.mcp_tool_use":
        given.setdefault("mcp_server_name", "sandbox-mcp")
    if kind == "agent.custom_tool_use":
        given.setdefault("input", {})
    if kind in ("agent.tool_result", "agent.mcp_tool_result"):
        member = "tool_use_id" if kind == "agent.tool_result" else "mcp_tool_use_id"
        given.setdefault(member, session.aliases.get("last_tool_use", "sevt_unknown"))
        given.setdefault("is_error", False)
    if kind == "span.model_request_end":
        given.setdefault("model_request_start_id", session.aliases.get("last_model_request", "sevt_unknown"))
        given["model_usage"] = {**_NO_USAGE, **given.get("model_usage", {})}
        given.setdefault("is_error", False)


def _resolve_threads(host: ManagedAgents, session: Session, kind: str, given: JsonObject) -> None:
    """A local thread name becomes a thread id; the thread is made when it is first created."""
    for member in _THREAD_MEMBERS:
        name = given.get(member)
        if isinstance(name, str) and not name.startswith("sthr_"):
            given[member] = session.aliases.setdefault(f"thread:{name}", new_id("sthr_"))
    thread_id = given.get("session_thread_id")
    if kind.startswith("session.thread_"):
        thread_id = given.setdefault("session_thread_id", session.primary_thread_id)
        given.setdefault("agent_name", "worker")
    if not isinstance(thread_id, str):
        return
    if kind == "session.thread_created" and thread_id not in session.threads:
        now = time.time()
        session.threads[thread_id] = Thread(
            thread_id, str(given["agent_name"]), now, parent_id=session.primary_thread_id, updated_at=now
        )
        host.webhook(session, "session.thread_created", session_thread_id=thread_id)
    if kind.startswith("session.thread_status_") and thread_id in session.threads:
        session.threads[thread_id].status = kind.removeprefix("session.thread_status_")
        session.threads[thread_id].updated_at = time.time()
    if kind == "session.thread_status_idle":
        given.setdefault("stop_reason", {"type": "end_turn"})


def usage_snapshot(session: Session) -> JsonObject:
    usage = session.usage
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_input_tokens": usage.cache_read_input_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.ephemeral_5m_input_tokens,
            "ephemeral_1h_input_tokens": 0,
        },
        "server_tool_use": {
            "web_search_requests": usage.web_search_requests,
            "web_fetch_requests": usage.web_fetch_requests,
        },
        "active_seconds": round(session.active_seconds, 3),
        "list_cost": money(usage.list_cost_cents),
    }


def money(cents: int) -> JsonObject:
    return {"amount": str(cents), "currency": "USD"}


def budget_shape(session: Session) -> JsonObject | None:
    if session.budget_cents is None:
        return None
    return {"type": "limit", "max_list_cost": money(session.budget_cents)}
