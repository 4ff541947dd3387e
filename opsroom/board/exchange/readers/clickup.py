"""ClickUp's tasks as its API gives them: `{"tasks": [task, …]}`, with the comments that stand in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from opsroom.board.exchange.drafts import Draft, DraftComment, Found, SourceField
from opsroom.board.exchange.readers.gathering import (
    Gathering,
    comment,
    mapping,
    mappings,
    place_number,
    text,
    texts,
)
from opsroom.board.shapes import ColumnKind, FieldKind
from opsroom.kernel.shape import Json

_STATUS_KINDS: Final[dict[str, ColumnKind]] = {
    "open": "todo",
    "unstarted": "todo",
    "done": "done",
    "closed": "done",
}
_KINDS: Final[dict[str, FieldKind]] = {
    "text": "text", "short_text": "text", "email": "text", "phone": "text", "labels": "text", "users": "text",
    "location": "text", "url": "url", "number": "number", "currency": "number", "emoji": "number",
    "automatic_progress": "number", "manual_progress": "number", "date": "date", "checkbox": "checkbox",
    "drop_down": "choice",
}  # fmt: skip
_WAITS_FOR: Final = 1


def is_clickup(data: object) -> bool:
    """Tasks with a status that is an object."""
    items = data.get("tasks") if isinstance(data, dict) else data
    if not isinstance(items, list):
        return False
    return any(
        isinstance(one, dict) and isinstance(one.get("status"), dict) and "id" in one for one in items[:20]
    )


def read_clickup(data: object, zone: tzinfo) -> Found:
    """Statuses are columns, checklists' items sub-tasks."""
    return _ClickUp(zone).read(data.get("tasks") if isinstance(data, dict) else data)


class _ClickUp:
    def __init__(self, zone: tzinfo) -> None:
        self._to = Gathering("clickup", "ClickUp", zone)
        self._options: dict[str, list[tuple[str, str]]] = {}

    def read(self, data: object) -> Found:
        tasks = list(mappings(data))
        statuses = [mapping(task.get("status")) for task in tasks]
        for status in sorted(statuses, key=lambda one: place_number(one.get("orderindex"))):
            name = text(status.get("status"))
            self._to.column(name.lower(), name, _STATUS_KINDS.get(text(status.get("type"))))
        lists = {text(mapping(task.get("list")).get("name")) for task in tasks} - {""}
        if len(lists) == 1:
            self._to.found.name = lists.pop()[:200]
        order = sorted(enumerate(tasks, start=1), key=lambda pair: place_number(pair[1].get("orderindex")))
        for number, task in order:
            self._task(task, f"task {number}", None)
        return self._to.found

    def _task(self, task: Json, place: str, parent: str | None) -> None:
        to, source_id = self._to, text(task.get("id"))
        if not source_id:
            to.misfit(place, "id", task.get("name"), "has no id; left out")
            return
        for who in (*mappings(task.get("watchers")), mapping(task.get("creator"))):
            if key := text(who.get("id")):
                to.meet(key, text(who.get("username")), text(who.get("email")) or None)
        status = mapping(task.get("status"))
        attachments = [(text(a.get("title")), text(a.get("url"))) for a in mappings(task.get("attachments"))]
        waits = [
            text(d.get("depends_on")) for d in mappings(task.get("dependencies")) if self._waits(d, source_id)
        ]
        description = text(task.get("markdown_description")) or text(task.get("description"))
        draft = Draft(
            source_id=source_id,
            place=place,
            title=text(task.get("name")),
            description=description or text(task.get("text_content")),
            column=text(status.get("status")).lower() or None,
            people=tuple(self._people(task.get("assignees"))),
            labels=tuple(name for tag in mappings(task.get("tags")) if (name := text(tag.get("name")))),
            priority=to.priority(place, mapping(task.get("priority")).get("priority"), source_id),
            start=to.day(place, "start_date", task.get("start_date"), source_id),
            due=to.day(place, "due_date", task.get("due_date"), source_id),
            estimate=self._estimate(task, place, source_id),
            parent=text(task.get("parent")) or parent,
            depends_on=tuple(dict.fromkeys(waits)),
            comments=tuple(self._comments(task, place, source_id)),
            links=to.links(place, attachments, source_id),
            fields=dict(self._values(task, place, source_id)),
            author=text(mapping(task.get("creator")).get("username")) or None,
            created_at=to.moment(place, "date_created", task.get("date_created"), source_id),
            completed_at=to.moment(
                place, "date_done", task.get("date_done") or task.get("date_closed"), source_id
            ),
            archived=task.get("archived") is True,
        )
        if to.add(draft):
            self._checklists(task, draft)
        for number, part in enumerate(mappings(task.get("subtasks")), start=1):
            self._task(part, f"{place}, sub-task {number}", source_id)

    def _waits(self, dependency: Json, source_id: str) -> bool:
        """Both ends of a dependency list it; ours is the one that waits."""
        return (
            text(dependency.get("task_id")) == source_id and dependency.get("type", _WAITS_FOR) == _WAITS_FOR
        )

    def _people(self, value: object) -> Iterator[str]:
        for who in mappings(value):
            key = text(who.get("id")) or text(who.get("email"))
            if key:
                yield self._to.person(key, text(who.get("username")), text(who.get("email")) or None)

    def _estimate(self, task: Json, place: str, source_id: str) -> float | None:
        if task.get("points") not in (None, ""):
            return self._to.number(place, "points", task.get("points"), source_id)
        if task.get("time_estimate") not in (None, ""):
            message = "is a time; estimates here are plain numbers, so it is left out"
            self._to.misfit(place, "time_estimate", task.get("time_estimate"), message, source_id)
        return None

    def _comments(self, task: Json, place: str, source_id: str) -> Iterator[DraftComment]:
        for said in sorted(mappings(task.get("comments")), key=lambda one: place_number(one.get("date"))):
            person = next(self._people([said.get("user")]), None)
            name = text(mapping(said.get("user")).get("username"))
            at = self._to.moment(place, "date", said.get("date"), source_id)
            yield comment(text(said.get("id")), name, text(said.get("comment_text")), at, person)

    def _values(self, task: Json, place: str, source_id: str) -> Iterator[tuple[str, object]]:
        for field in mappings(task.get("custom_fields")):
            if field.get("value") in (None, "", []):
                continue
            key, name, kind = text(field.get("id")), text(field.get("name")), text(field.get("type"))
            if kind not in _KINDS:
                shown, message = field.get("value"), f"is a field of the kind {kind!r}, which we do not have"
                self._to.misfit(place, name, shown, message, source_id)
                continue
            options = [
                (text(o.get("id")), text(o.get("name")) or text(o.get("label"))) for o in self._listed(field)
            ]
            names = tuple(dict.fromkeys(label for _, label in options)) if _KINDS[kind] == "choice" else ()
            made = SourceField(key=key, name=name or key, kind=_KINDS[kind], options=names)
            self._to.found.fields.setdefault(key, made)
            value = self._value(field, kind, options, place, source_id)
            if value not in (None, ""):
                yield key, value

    def _listed(self, field: Json) -> list[Json]:
        options = mappings(mapping(field.get("type_config")).get("options"))
        return sorted(options, key=lambda one: place_number(one.get("orderindex")))

    def _value(
        self, field: Json, kind: str, options: list[tuple[str, str]], place: str, source_id: str
    ) -> object:
        value = field.get("value")
        match kind:
            case "drop_down":
                found = _chosen(value, options)
                if found is None:
                    message = "is none of the field's options; left out"
                    self._to.misfit(place, text(field.get("name")), value, message, source_id)
            case "labels":
                found = ", ".join(dict(options).get(one, one) for one in texts(value))
            case "users":
                found = ", ".join(text(who.get("username")) for who in mappings(value))
            case "date":
                found = self._to.day(place, text(field.get("name")), value, source_id)
            case "checkbox":
                found = value is True or text(value).lower() == "true"
            case _:
                found = _told(value)
        return found

    def _checklists(self, task: Json, draft: Draft) -> None:
        for one in sorted(
            mappings(task.get("checklists")), key=lambda one: place_number(one.get("orderindex"))
        ):
            self._items(one.get("items"), text(one.get("name")), draft, draft.source_id)

    def _items(self, items: object, checklist: str, task: Draft, parent: str) -> None:
        for item in sorted(mappings(items), key=lambda one: place_number(one.get("orderindex"))):
            key = text(item.get("id"))
            source_id, place = f"item:{key}", f"{task.place}, item {text(item.get('name'))[:40]!r}"
            if not key:
                self._to.misfit(place, "id", item.get("name"), "has no id; left out", task.source_id)
                continue
            draft = Draft(
                source_id=source_id,
                place=place,
                title=text(item.get("name")),
                description=f"From the checklist “{checklist}”."
                if checklist not in ("", "Checklist")
                else "",
                done=item.get("resolved") is True,
                people=tuple(self._people([item.get("assignee")])),
                parent=parent,
                archived=task.archived,
            )
            self._to.add(draft)
            self._items(item.get("children"), checklist, task, source_id)


def _chosen(value: object, options: list[tuple[str, str]]) -> str | None:
    """An option by its id, or by its place among the options: the API gives both."""
    number = int(value) if isinstance(value, int | float) else -1
    return dict(options).get(text(value)) or (options[number][1] if 0 <= number < len(options) else None)


def _told(value: object) -> str:
    """A plain value, or what a location or a progress says."""
    inner = mapping(value)
    named = ("formatted_address", "percent_completed", "current")
    return next((said for name in named if (said := text(inner.get(name)))), text(value))
