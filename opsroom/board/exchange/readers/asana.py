"""Asana's tasks as its API and its JSON export give them: `{"data": [task, …]}`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from opsroom.board.exchange.drafts import Draft, DraftComment, Found, SourceField
from opsroom.board.exchange.readers.gathering import Gathering, comment, mapping, mappings, text
from opsroom.board.shapes import FieldKind, Priority
from opsroom.kernel.shape import Json

_KINDS: Final[dict[str, FieldKind]] = {
    "text": "text", "number": "number", "enum": "choice", "date": "date",
    "people": "text", "multi_enum": "text",
}  # fmt: skip
_PRIORITY_FIELD: Final = "priority"
_NO_SECTION: Final = frozenset({"", "untitled section", "(no section)"})


def is_asana(data: object) -> bool:
    """A list of things with a gid, in `data` or bare."""
    items = data.get("data") if isinstance(data, dict) else data
    return isinstance(items, list) and any(isinstance(one, dict) and "gid" in one for one in items[:20])


def read_asana(data: object, zone: tzinfo) -> Found:
    """Sections are columns; sub-tasks may stand in their task or beside it; comments are stories."""
    return _Asana(zone).read(data.get("data") if isinstance(data, dict) else data)


class _Asana:
    def __init__(self, zone: tzinfo) -> None:
        self._to = Gathering("asana", "Asana", zone)
        self._fields: dict[str, dict[str, None]] = {}

    def read(self, data: object) -> Found:
        items = list(mappings(data))
        for number, task in enumerate(items, start=1):
            self._task(task, f"task {number}", None)
        projects = {name for task in items for name in _projects(task)}
        if len(projects) == 1:
            self._to.found.name = projects.pop()[:200]
        for key, options in self._fields.items():
            field = self._to.found.fields[key]
            self._to.found.fields[key] = field.model_copy(update={"options": tuple(options)})
        return self._to.found

    def _task(self, task: Json, place: str, parent: str | None) -> None:
        to, gid = self._to, text(task.get("gid"))
        if not gid:
            to.misfit(place, "gid", task.get("name"), "has no gid; left out")
            return
        if text(task.get("resource_subtype")) == "section":
            to.column(text(task.get("name")), text(task.get("name")))  # older exports list sections as tasks
            return
        assignee = self._person(task.get("assignee"))
        for who in (*mappings(task.get("followers")), mapping(task.get("created_by"))):
            self._meet(who)
        due = task.get("due_on") or task.get("due_at")
        start = task.get("start_on") or task.get("start_at")
        attachments = [
            (
                text(a.get("name")),
                text(a.get("permanent_url")) or text(a.get("view_url")) or text(a.get("download_url")),
            )
            for a in mappings(task.get("attachments"))
        ]
        draft = Draft(
            source_id=gid,
            place=place,
            title=text(task.get("name")),
            description=text(task.get("notes")),
            column=self._section(task),
            done=task.get("completed") is True,
            people=(assignee,) if assignee else (),
            labels=tuple(name for tag in mappings(task.get("tags")) if (name := text(tag.get("name")))),
            priority=self._priority(task, place, gid),
            start=to.day(place, "start_on", start, gid),
            due=to.day(place, "due_on", due, gid),
            parent=text(mapping(task.get("parent")).get("gid")) or parent,
            depends_on=tuple(text(one.get("gid")) for one in mappings(task.get("dependencies"))),
            comments=tuple(self._comments(task, place, gid)),
            links=to.links(place, attachments, gid),
            fields=dict(self._values(task, place, gid)),
            author=text(mapping(task.get("created_by")).get("name")) or None,
            created_at=to.moment(place, "created_at", task.get("created_at"), gid),
            completed_at=to.moment(place, "completed_at", task.get("completed_at"), gid),
        )
        to.add(draft)
        for number, part in enumerate(mappings(task.get("subtasks")), start=1):
            self._task(part, f"{place}, sub-task {number}", gid)

    def _section(self, task: Json) -> str | None:
        for one in mappings(task.get("memberships")):
            name = text(mapping(one.get("section")).get("name"))
            if name.strip().lower() not in _NO_SECTION:
                return self._to.column(name, name)
        return None

    def _meet(self, who: Json) -> None:
        if key := text(who.get("gid")):
            self._to.meet(key, text(who.get("name")), text(who.get("email")) or None)

    def _person(self, value: object) -> str | None:
        who = mapping(value)
        key = text(who.get("gid")) or text(who.get("email"))
        return self._to.person(key, text(who.get("name")), text(who.get("email")) or None) if key else None

    def _comments(self, task: Json, place: str, gid: str) -> Iterator[DraftComment]:
        for story in mappings(task.get("stories")):
            if text(story.get("type")) == "comment" or text(story.get("resource_subtype")) == "comment_added":
                who = mapping(story.get("created_by"))
                at = self._to.moment(place, "created_at", story.get("created_at"), gid)
                person = self._person(who)
                yield comment(
                    text(story.get("gid")), text(who.get("name")), text(story.get("text")), at, person
                )

    def _priority(self, task: Json, place: str, gid: str) -> Priority | None:
        for field in mappings(task.get("custom_fields")):
            if text(field.get("name")).strip().lower() == _PRIORITY_FIELD:
                return self._to.priority(place, field.get("display_value"), gid)
        return None

    def _values(self, task: Json, place: str, gid: str) -> Iterator[tuple[str, object]]:
        for field in mappings(task.get("custom_fields")):
            key, name = text(field.get("gid")), text(field.get("name"))
            kind = text(field.get("resource_subtype")) or text(field.get("type"))
            if name.strip().lower() == _PRIORITY_FIELD:
                continue
            value = self._value(field, kind, place, gid)
            if value in (None, ""):
                continue
            if kind not in _KINDS:
                self._to.misfit(
                    place, name, value, f"is a field of the kind {kind!r}, which we do not have", gid
                )
                continue
            ours = _KINDS[kind]
            self._to.found.fields.setdefault(key, SourceField(key=key, name=name or key, kind=ours))
            if ours == "choice":
                known = (text(option.get("name")) for option in mappings(field.get("enum_options")))
                self._fields.setdefault(key, {}).update(dict.fromkeys([*known, str(value)]))
            yield key, value

    def _value(self, field: Json, kind: str, place: str, gid: str) -> object:
        if kind == "enum":
            return text(mapping(field.get("enum_value")).get("name"))
        if kind == "number":
            return field.get("number_value")
        if kind == "date":
            when = mapping(field.get("date_value"))
            return self._to.day(
                place, text(field.get("name")), when.get("date") or when.get("date_time"), gid
            )
        return text(field.get("text_value")) or text(field.get("display_value"))


def _projects(task: Json) -> Iterator[str]:
    for one in mappings(task.get("memberships")):
        if name := text(mapping(one.get("project")).get("name")):
            yield name
