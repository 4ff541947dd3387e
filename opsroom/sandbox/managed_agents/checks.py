"""What Anthropic refuses in a request body: the checks of creating, updating and sending."""

from opsroom.sandbox.managed_agents.shapes import refuse
from opsroom.sandbox.managed_agents.state import Session
from opsroom.sandbox.wire import JsonObject

_CREATE_MEMBERS = frozenset(
    {"agent", "environment_id", "budget", "initial_events", "metadata", "resources", "title", "vault_ids"}
)
_UPDATE_MEMBERS = frozenset({"agent", "budget", "metadata", "title", "vault_ids"})
_INITIAL = frozenset({"user.message", "user.define_outcome"})
_EVENT_MEMBERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # type: (needed, allowed besides)
    "user.message": (frozenset({"content"}), frozenset()),
    "user.interrupt": (frozenset(), frozenset({"session_thread_id"})),
    "user.tool_confirmation": (
        frozenset({"tool_use_id", "result"}),
        frozenset({"deny_message", "session_thread_id"}),
    ),
    "user.custom_tool_result": (
        frozenset({"custom_tool_use_id"}),
        frozenset({"content", "is_error", "session_thread_id"}),
    ),
    "user.tool_result": (frozenset({"tool_use_id"}), frozenset({"content", "is_error", "session_thread_id"})),
    "user.define_outcome": (frozenset({"description", "rubric"}), frozenset({"max_iterations"})),
    "system.message": (frozenset({"content"}), frozenset()),
}


def check_create(body: JsonObject) -> None:
    _no_extras(body, _CREATE_MEMBERS)
    if not isinstance(body.get("agent"), str | dict):
        raise refuse(400, "agent: Field required")
    if not isinstance(body.get("environment_id"), str):
        raise refuse(400, "environment_id: Field required")
    check_metadata(body.get("metadata", {}))
    events = body.get("initial_events", [])
    if not isinstance(events, list) or len(events) > 50:
        raise refuse(400, "initial_events: must be a list of at most 50 events")
    for index, event in enumerate(events):
        check_event(event, f"initial_events.{index}", _INITIAL)
    if body.get("budget") is not None:
        budget_cents(body["budget"])


def check_update(session: Session, body: JsonObject) -> None:
    _no_extras(body, _UPDATE_MEMBERS)
    if "vault_ids" in body:
        raise refuse(400, "vault_ids: cannot be changed after creation")
    if "agent" in body and session.status == "running":
        raise refuse(400, "agent: cannot be changed while the session is running")
    if isinstance(body.get("metadata"), dict):
        merged = session.metadata | {k: v for k, v in body["metadata"].items() if v is not None}
        check_metadata({k: v for k, v in merged.items() if body["metadata"].get(k, "") is not None})
    if body.get("budget") is None:
        return
    cents = budget_cents(body["budget"])
    if session.budget_cents is None:
        raise refuse(400, "budget_create_only: a budget can only be set when the session is created")
    if cents <= session.usage.list_cost_cents:
        raise refuse(400, "budget_not_raised: the new budget is not above what the session has already used")


def check_metadata(metadata: object) -> None:
    if not isinstance(metadata, dict) or len(metadata) > 16:
        raise refuse(400, "metadata: must be an object with at most 16 pairs")
    for key, value in metadata.items():
        if len(key) > 64 or not isinstance(value, str) or len(value) > 512:
            raise refuse(
                400, f"metadata.{key[:64]}: keys have at most 64 characters, values are text of at most 512"
            )


def budget_cents(budget: object) -> int:
    cost = budget.get("max_list_cost") if isinstance(budget, dict) and budget.get("type") == "limit" else None
    amount = cost.get("amount") if isinstance(cost, dict) and cost.get("currency") == "USD" else None
    if not isinstance(amount, str) or not amount.isdigit() or int(amount) <= 0:
        raise refuse(
            400,
            'budget: {"type":"limit","max_list_cost":{"amount":"<whole cents>","currency":"USD"}} is needed',
        )
    return int(amount)


def check_event(event: object, where: str, kinds: frozenset[str] | None = None) -> None:
    if not isinstance(event, dict):
        raise refuse(400, f"{where}: must be an object")
    kind = event.get("type")
    if kind not in _EVENT_MEMBERS or (kinds is not None and kind not in kinds):
        raise refuse(400, f"{where}.type: {kind!r} cannot be sent here")
    needed, optional = _EVENT_MEMBERS[kind]
    if missing := sorted(needed - event.keys()):
        raise refuse(400, f"{where}.{missing[0]}: Field required")
    if extra := sorted(event.keys() - needed - optional - {"type"}):
        raise refuse(400, f"{where}.{extra[0]}: Extra inputs are not permitted")
    if "content" in event and not _is_content(event["content"]):
        raise refuse(400, f"{where}.content: must be a list of content blocks")
    if kind == "user.tool_confirmation":
        _check_confirmation(event, where)


def _check_confirmation(event: JsonObject, where: str) -> None:
    if event["result"] not in ("allow", "deny"):
        raise refuse(400, f"{where}.result: must be allow or deny")
    if event["result"] == "allow" and event.get("deny_message") is not None:
        raise refuse(400, f"{where}.deny_message: only with result deny")


def check_against_session(session: Session, event: JsonObject, where: str) -> None:
    """What can be refused only when the session's state is known."""
    kind = event["type"]
    if kind in ("user.tool_confirmation", "user.custom_tool_result"):
        member = "tool_use_id" if kind == "user.tool_confirmation" else "custom_tool_use_id"
        if event[member] not in session.pending:
            raise refuse(400, f"{where}.{member}: {event[member]} is not waiting for an answer")
    if kind == "user.message" and session.pending and session.status == "idle":
        raise refuse(400, f"{where}: the session waits for an answer to {', '.join(session.pending)}")


def _is_content(content: object) -> bool:
    return isinstance(content, list) and all(
        isinstance(b, dict) and isinstance(b.get("type"), str) for b in content
    )


def _no_extras(body: JsonObject, known: frozenset[str]) -> None:
    if extra := sorted(body.keys() - known):
        raise refuse(400, f"{extra[0]}: Extra inputs are not permitted")
