"""Every kind of event of the board as a sentence people read. Pure."""

# ruff: noqa: ARG001, ARG005 - one signature for every row of a table, whatever a row needs of it

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from opsroom.board.activity.shapes import Names
from opsroom.board.activity.wording import day, in_order, joined, named, phrase, plain
from opsroom.kernel.shape import Json

PREFIX: Final = "board."
Say = Callable[[str, Json, Names], str]


def short_kind(kind: str) -> str:
    """`task_moved` for `board.task_moved.v1`."""
    return kind.removeprefix(PREFIX).rpartition(".v")[0]


def action_of(kind: str, body: Mapping[str, object]) -> str:
    """A word or two for icons and filters: moved, commented, comment edited, sprint started."""
    short = short_kind(kind)
    if short == "comment_added":
        return "commented"
    if short == "comment_changed":
        return f"comment {body.get('what')}"
    if short == "board_arranged":
        return f"{body.get('noun')} {body.get('what')}"
    return short.removeprefix("task_").replace("_", " ")


def sentence(kind: str, who: str, body: Json, names: Names) -> str:
    """What happened. `who` is the name of whoever did it."""
    say = _SENTENCES.get(short_kind(kind), _anything(short_kind(kind)))
    return say(plain(who), body, names)


def _anything(short: str) -> Say:
    """An event of a kind nobody has words for yet: its own name will do."""

    def say(who: str, body: Json, names: Names) -> str:
        about = next((body[key] for key in ("title", "name") if body.get(key)), None)
        return f"{who}: {short.replace('_', ' ')}" + (f" {named(about)}" if about else "")

    return say


def _column(names: Names, key: object) -> str:
    return plain(names.columns.get(str(key), str(key).replace("_", " ").capitalize()))


def _title(body: Json) -> str:
    return named(body.get("title", ""))


def _created(who: str, body: Json, names: Names) -> str:
    return f"{who} created {_title(body)} in {_column(names, body.get('status'))}"


def _changed(who: str, body: Json, names: Names) -> str:
    found = body.get("changes")
    changes = found if isinstance(found, dict) else {}
    phrases: list[str] = []
    for field, pair in in_order(changes)[:4]:
        task = "it" if phrases else _title(body)
        phrases.append(phrase(field, task, pair[0], pair[1], names))
    if len(changes) > 4:
        phrases.append(f"changed {len(changes) - 4} more")
    return f"{who} {joined(phrases)}" if phrases else f"{who} changed {_title(body)}"


def _moved(who: str, body: Json, names: Names) -> str:
    came, to = body.get("from_status"), body.get("to_status")
    if came == to:
        if body.get("from_kind") != body.get("to_kind"):
            return f"{who} changed what {_column(names, to)} means for {_title(body)}"
        return f"{who} moved {_title(body)} within {_column(names, to)}"
    reason = f": {plain(body['blocked_reason'])}" if body.get("blocked_reason") else ""
    return f"{who} moved {_title(body)} from {_column(names, came)} to {_column(names, to)}{reason}"


def _restored(who: str, body: Json, names: Names) -> str:
    place = "out of the archive" if body.get("from_state") == "archived" else "back"
    return f"{who} brought {_title(body)} {place}"


def _commented(who: str, body: Json, names: Names) -> str:
    return f"{who} commented on {_title(body)}: {plain(body.get('excerpt', ''))}"


def _comment_changed(who: str, body: Json, names: Names) -> str:
    return f"{who} {plain(body.get('what', 'changed'))} a comment on {_title(body)}"


def _sprint_changed(who: str, body: Json, names: Names) -> str:
    sprint, found = named(body.get("name", "")), body.get("changes")
    changes = found if isinstance(found, dict) else {}
    if "deleted" in changes:
        return f"{who} {'deleted' if changes['deleted'][1] else 'restored'} the sprint {sprint}"
    if "status" in changes:
        again = "took back the start of" if changes["status"][1] == "planned" else "reopened"
        return f"{who} {again} the sprint {sprint}"
    parts = [
        f"its {field.replace('_', ' ')} to {day(pair[1]) if field.endswith('_date') else named(pair[1])}"
        for field, pair in in_order(changes)
    ]
    return f"{who} changed the sprint {sprint}" + (f": {joined(parts)}" if parts else "")


def _sprint_started(who: str, body: Json, names: Names) -> str:
    return f"{who} started the sprint {named(body.get('name', ''))} with {_tasks(body.get('tasks'))}"


def _sprint_completed(who: str, body: Json, names: Names) -> str:
    carried = body.get("carried")
    rest = ""
    if carried:
        to = body.get("carried_to")
        where = f"the sprint {plain(names.sprints.get(str(to), str(to)))}" if to else "the backlog"
        rest = f", {_tasks(carried)} carried over to {where}"
    return f"{who} completed the sprint {named(body.get('name', ''))}: {_tasks(body.get('done'))} done{rest}"


def _tasks(count: object) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _arranged(who: str, body: Json, names: Names) -> str:
    noun, what = plain(body.get("noun", "")), plain(body.get("what", ""))
    found = body.get("changes")
    changes = found if isinstance(found, dict) else {}
    if noun == "settings":
        fields = joined([plain(field.replace("_", " ")) for field, _ in in_order(changes)])
        return f"{who} changed the board's settings: {fields}"
    if noun == "template":
        return f"{who} went over to the template {named(body.get('name', ''))}"
    if what == "changed" and isinstance(changes.get("name"), list):
        return f"{who} renamed the {noun} {named(changes['name'][0])} to {named(changes['name'][1])}"
    fields = (
        joined([plain(field.replace("_", " ")) for field, _ in in_order(changes)])
        if what == "changed"
        else ""
    )
    return f"{who} {what} the {noun} {named(body.get('name', ''))}" + (f": {fields}" if fields else "")


def _with_title(verb: str) -> Say:
    return lambda who, body, names: f"{who} {verb} {_title(body)}"


def _with_name(verb: str) -> Say:
    return lambda who, body, names: f"{who} {verb} {named(body.get('name', ''))}"


_SENTENCES: Final[dict[str, Say]] = {
    "task_created": _created,
    "task_changed": _changed,
    "task_moved": _moved,
    "task_deleted": _with_title("deleted"),
    "task_archived": _with_title("archived"),
    "task_restored": _restored,
    "comment_added": _commented,
    "comment_changed": _comment_changed,
    "sprint_created": _with_name("planned the sprint"),
    "sprint_changed": _sprint_changed,
    "sprint_started": _sprint_started,
    "sprint_completed": _sprint_completed,
    "board_arranged": _arranged,
    "document_saved": lambda who, body, names: (
        f"{who} {'wrote' if body.get('created') else 'changed'} the document {named(body.get('name', ''))}"
    ),
    "document_deleted": _with_name("deleted the document"),
    "document_changed_outside": lambda who, body, names: (
        f"The document {named(body.get('name', ''))} was "
        f"{'deleted' if body.get('deleted') else 'changed'} in the repository"
    ),
    "document_conflicted": lambda who, body, names: (
        f"A save of {plain(body.get('author_name', 'somebody'))} to the document "
        f"{named(body.get('name', ''))} lost to what the repository says; it is kept in the history"
    ),
    "attachment_added": lambda who, body, names: (
        f"{who} {'brought back' if body.get('restored') else 'attached'} {named(body.get('name', ''))}"
    ),
    "attachment_deleted": _with_name("took away the attachment"),
    "agent_start_requested": lambda who, body, names: (
        f"{who} asked {plain(names.agents.get(str(body.get('agent_id')), str(body.get('agent_id'))))} "
        f"to begin work on {_title(body)}"
    ),
    "task_due_soon": lambda who, body, names: f"{_title(body)} is due on {day(body.get('due_date'))}",
    "task_overdue": lambda who, body, names: f"{_title(body)} was due on {day(body.get('due_date'))}",
    "automation_failed": lambda who, body, names: (
        f"The automation {named(body.get('name', ''))} failed: {plain(body.get('reason', ''))}"
    ),
    "hook_arranged": lambda who, body, names: (
        f"{who} {plain(body.get('what', 'changed'))} the webhook {named(body.get('name', ''))}"
    ),
    "hook_disabled": lambda who, body, names: (
        f"The webhook {named(body.get('name', ''))} was disabled: {plain(body.get('reason', ''))}"
    ),
    "hook_pinged": _with_name("tested the webhook"),
    "import_started": _with_name("began an import"),
    "import_put_away": _with_name("put into the archive what came with the import"),
    "import_finished": _with_name("finished an import"),
    "recurring_failed": lambda who, body, names: (
        f"The recurring task {named(body.get('name', ''))} failed: {plain(body.get('reason', ''))}"
    ),
}

KINDS: Final = tuple(_SENTENCES)
