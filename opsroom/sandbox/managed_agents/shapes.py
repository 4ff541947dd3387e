"""What Anthropic answers: sessions, threads, files, agents and environments in the vendor's form."""

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from multidict import MultiMapping

from opsroom.sandbox.managed_agents.compose import budget_shape, usage_snapshot
from opsroom.sandbox.managed_agents.state import AgentFile, Session, Thread
from opsroom.sandbox.spoil import anthropic_error
from opsroom.sandbox.wire import JsonObject, Refused, rfc3339, seconds_of

_Item = TypeVar("_Item")
_MODEL = {"id": "claude-sonnet-5-5", "speed": "standard", "effort": None, "inference_geo": None}


def refuse(status: int, message: str) -> Refused:
    return Refused(status, anthropic_error(status, message))


def not_found(message: str) -> Refused:
    return refuse(404, message)


def agent_snapshot(agent_id: str, name: str, version: int = 1) -> JsonObject:
    return {
        "type": "agent",
        "id": agent_id,
        "version": version,
        "name": name,
        "description": None,
        "model": dict(_MODEL),
        "system": None,
        "tools": [],
        "mcp_servers": [],
        "skills": [],
        "multiagent": None,
        "execution_identity": {"type": "service_account", "service_account_id": "svcacct_sandbox"},
    }


def agent_shape(agent_id: str, name: str, at: float) -> JsonObject:
    dated = {"created_at": rfc3339(at), "updated_at": rfc3339(at), "archived_at": None, "metadata": {}}
    return agent_snapshot(agent_id, name) | dated


def environment_shape(environment_id: str, at: float) -> JsonObject:
    packages = {"type": "packages", "apt": [], "cargo": [], "gem": [], "go": [], "npm": [], "pip": []}
    return {
        "type": "environment",
        "id": environment_id,
        "name": environment_id,
        "description": None,
        "metadata": {},
        "config": {"type": "cloud", "networking": {"type": "unrestricted"}, "packages": packages},
        "created_at": rfc3339(at),
        "updated_at": rfc3339(at),
        "archived_at": None,
    }


def session_shape(session: Session) -> JsonObject:
    return {
        "id": session.id,
        "type": "session",
        "status": session.status,
        "agent": session.agent,
        "environment_id": session.environment_id,
        "title": session.title,
        "metadata": session.metadata,
        "resources": session.resources,
        "vault_ids": session.vault_ids,
        "deployment_id": None,
        "budget": budget_shape(session),
        "outcome_evaluations": session.outcomes,
        "stats": {
            "active_seconds": round(session.active_seconds, 3),
            "duration_seconds": round((session.archived_at or time.time()) - session.created_at, 3),
        },
        "usage": usage_snapshot(session),
        "created_at": rfc3339(session.created_at),
        "updated_at": rfc3339(session.updated_at),
        "archived_at": rfc3339(session.archived_at) if session.archived_at else None,
    }


def thread_shape(session: Session, thread: Thread) -> JsonObject:
    agent = {k: v for k, v in session.agent.items() if k != "multiagent"} | {"name": thread.agent_name}
    return {
        "id": thread.id,
        "type": "session_thread",
        "session_id": session.id,
        "agent": agent,
        "status": thread.status,
        "parent_thread_id": thread.parent_id,
        "created_at": rfc3339(thread.created_at),
        "updated_at": rfc3339(thread.updated_at),
        "archived_at": rfc3339(thread.archived_at) if thread.archived_at else None,
        "stats": None,
        "usage": usage_snapshot(session) if thread.parent_id is None else None,
        "workflow_run_id": None,
    }


def file_shape(file: AgentFile) -> JsonObject:
    return {
        "id": file.id,
        "type": "file",
        "filename": file.filename,
        "mime_type": file.mime_type,
        "size_bytes": file.blob.size,
        "created_at": rfc3339(file.created_at),
        "downloadable": file.downloadable,
        "expires_at": None,
        "scope": {"id": file.session_id, "type": "session"} if file.session_id else None,
    }


def within_times(query: Mapping[str, str], member: str) -> Callable[[float], bool]:
    """The filter of created_at[gt], [gte], [lt] and [lte]."""
    tests: list[Callable[[float], bool]] = []
    for operator in ("gt", "gte", "lt", "lte"):
        text = query.get(f"{member}[{operator}]")
        if text is None:
            continue
        bound = seconds_of(text)
        if bound is None:
            raise refuse(400, f"{member}[{operator}]: not an RFC 3339 time: {text}")
        tests.append(_comparison(operator, bound))
    return lambda at: all(test(at) for test in tests)


def _comparison(operator: str, bound: float) -> Callable[[float], bool]:
    return {
        "gt": lambda at: at > bound,
        "gte": lambda at: at >= bound,
        "lt": lambda at: at < bound,
        "lte": lambda at: at <= bound,
    }[operator]


def many(query: MultiMapping[str], name: str) -> frozenset[str]:
    """The values of an array parameter, with or without brackets."""
    return frozenset([*query.getall(f"{name}[]", []), *query.getall(name, [])])


def paged(
    items: Sequence[_Item],
    query: MultiMapping[str],
    shape: Callable[[_Item], JsonObject],
    default_order: str,
    default_limit: int = 20,
) -> JsonObject:
    """One page of `items`, which come oldest first. A cursor remembers order and place."""
    order = query.get("order", default_order)
    if order not in ("asc", "desc"):
        raise refuse(400, f"order: must be asc or desc, not {order}")
    limit = _limit(query.get("limit"), default_limit)
    start = _cursor(query.get("page"), order)
    ordered = items if order == "asc" else items[::-1]
    # A cursor of a descending list counts from the end, so that new items do not shift its place.
    first = start if order == "asc" else max(0, len(items) - start) if query.get("page") else 0
    page = ordered[first : first + limit]
    after = first + limit
    following = None
    if after < len(items):
        following = _page_token(order, after if order == "asc" else len(items) - after)
    return {"data": [shape(item) for item in page], "next_page": following}


def _limit(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdigit() or not 1 <= int(text) <= 1000:
        raise refuse(400, "limit: must be between 1 and 1000")
    return int(text)


def _page_token(order: str, place: int) -> str:
    return "page_" + base64.urlsafe_b64encode(json.dumps([order, place]).encode()).decode().rstrip("=")


def _cursor(token: str | None, order: str) -> int:
    if not token:
        return 0
    try:
        inner = token.removeprefix("page_")
        known_order, place = json.loads(base64.urlsafe_b64decode(inner + "=" * (-len(inner) % 4)))
    except ValueError as error:
        raise refuse(400, "page: not a cursor of this list") from error
    if known_order != order:
        raise refuse(400, "page: this cursor was given out for another order")
    return int(place)
