"""What a draft becomes on this board, and everything of it that does not fit. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from opsroom.board.exchange.drafts import Draft, DraftLink, Found, Misfit
from opsroom.board.exchange.shapes import Counts, Mapping, PreviewTask
from opsroom.board.exchange.suggesting import BoardNow
from opsroom.board.shapes import Column, CustomField
from opsroom.board.tasks.rules import custom_problems, plain
from opsroom.kernel.shape import Json

MOST_LABELS: Final = 50
LONGEST_TITLE: Final = 500
LONGEST_TEXT: Final = 100_000
SOURCE_NAMES: Final = {
    "trello": "Trello", "asana": "Asana", "clickup": "ClickUp", "linear": "Linear", "csv": "CSV",
    "opsroom": "Opsroom",
}  # fmt: skip
_OWN_TEXTS: Final = {"client_id": 80, "brand": 120, "subscription": 120}


@dataclass(slots=True)
class Planned:
    """A task to be: its own columns, and what hangs on it, still by the source's ids."""

    draft: Draft
    column: Column
    values: Json
    labels: list[str]
    custom: Json
    misfits: list[Misfit] = field(default_factory=list)

    def fingerprint(self) -> str:
        """The same for the same task brought again by the same mapping."""
        told = [self.values, self.labels, self.custom, self.draft.parent, list(self.draft.depends_on)]
        told += [[said.source_id, said.text] for said in self.draft.comments]
        text = json.dumps([*told, self.draft.archived], sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class Planner:
    """Plans drafts of one source by one mapping, onto the board as it stands."""

    def __init__(
        self, source: str, mapping: Mapping, board: BoardNow, people: Map[str, str] | None = None
    ) -> None:
        """`people` are the source's by key, as they are called in the report."""
        self._source = source
        self._people_named = people or {}
        self._mapping = mapping
        self._columns = {column.key: column for column in board.columns}
        for choice in mapping.columns.values():
            if choice.create and choice.key not in self._columns:
                self._columns[choice.key] = _column_to_be(choice.key, choice.name, choice.kind or "active")
        self._first = next(c for c in board.columns if c.kind == "todo")
        self._last = next(c for c in board.columns if c.kind == "done")
        self._agents = {agent.id for agent in board.agents if not agent.retired}
        self._members = {member.id for member in board.members}
        self._categories = {category.id for category in board.categories}
        self._sprints = {sprint.id for sprint in board.sprints}
        self._fields = {one.key: one for one in board.fields}
        for choice in mapping.fields.values():
            if choice.create and choice.key and choice.key not in self._fields:
                self._fields[choice.key] = CustomField(
                    key=choice.key, name=choice.name or choice.key, kind=choice.kind or "text",
                    options=choice.options, position=0, version=1,
                )  # fmt: skip

    def plan(self, draft: Draft) -> Planned:
        """What this draft becomes."""
        column = self._column(draft)
        planned = Planned(draft, column, {}, [], {})
        agent, person = self._people(draft, planned)
        category, extra = self._category(draft)
        planned.labels = self._labels(draft, extra, planned)
        planned.custom = self._custom(draft, planned)
        planned.values = {
            "title": _title(draft, planned),
            "description": _description(draft, planned),
            "status": column.key,
            "priority": draft.priority or "p2",
            "assigned_agent_id": agent,
            "accountable_id": person,
            "category_id": category,
            "sprint_id": self._sprint(draft, planned),
            "start_date": _start(draft, planned),
            "due_date": draft.due,
            "estimate": draft.estimate,
            "blocked_reason": self._reason(draft) if column.kind == "blocked" else None,
            **_own(draft, planned),
        }
        return planned

    def _column(self, draft: Draft) -> Column:
        choice = self._mapping.columns.get(draft.column or "")
        column = self._columns.get(choice.key) if choice else None
        if draft.done and (column is None or column.kind != "done"):
            return self._last
        return column or self._first

    def _reason(self, draft: Draft) -> str:
        return (draft.blocked_reason or f"It was blocked in {SOURCE_NAMES[self._source]}.")[:2000]

    def _people(self, draft: Draft, planned: Planned) -> tuple[str | None, str | None]:
        agents: list[tuple[str, str]] = []
        persons: list[tuple[str, str]] = []
        for key in draft.people:
            choice = self._mapping.people.get(key)
            named = self._people_named.get(key, key)
            if choice and choice.agent_id in self._agents:
                agents.append((choice.agent_id or "", named))
            elif choice and choice.person_id in self._members:
                persons.append((choice.person_id or "", named))
            else:
                _note(
                    planned, "people", named, "is nobody here; say who it is in the mapping, or nobody has it"
                )
        for noun, found in (("agent", agents), ("accountable person", persons)):
            for _, named in found[1:]:
                _note(planned, "people", named, f"a task has one {noun}; the first one stays")
        return (agents[0][0] if agents else None), (persons[0][0] if persons else None)

    def _category(self, draft: Draft) -> tuple[str | None, str | None]:
        choice = self._mapping.categories.get(draft.category or "")
        if choice is None:
            return None, None
        return (choice.category_id if choice.category_id in self._categories else None), choice.label

    def _labels(self, draft: Draft, extra: str | None, planned: Planned) -> list[str]:
        made: dict[str, None] = {}
        for label in draft.labels:
            choice = self._mapping.labels.get(label)
            shown = choice.label if choice else " ".join(label.split())[:60]
            if shown:
                made[shown] = None
            if shown and len(label.strip()) > 60:
                _note(planned, "labels", label, "is longer than 60 characters; cut off")
        if extra:
            made[extra] = None
        for label in list(made)[MOST_LABELS:]:
            _note(planned, "labels", label, f"a task has {MOST_LABELS} labels at most; left out")
        return list(made)[:MOST_LABELS]

    def _sprint(self, draft: Draft, planned: Planned) -> str | None:
        if draft.sprint is None:
            return None
        choice = self._mapping.sprints.get(draft.sprint)
        if choice is not None and choice.sprint_id in self._sprints:
            return choice.sprint_id
        if choice is None or not choice.create:
            _note(planned, "sprint", draft.sprint, "has no sprint here; left out")
        return None

    def _custom(self, draft: Draft, planned: Planned) -> Json:
        made: Json = {}
        for name, value in draft.fields.items():
            choice = self._mapping.fields.get(name)
            target = self._fields.get(choice.key or "") if choice else None
            if target is None or value in (None, ""):
                continue
            fitted = _fitted(value, target)
            problems = custom_problems({target.key: fitted}, [target], self._members)
            if problems:
                _note(planned, target.name, value, f"{problems[0].message}; left out")
            else:
                made[target.key] = fitted
        return made


def _column_to_be(key: str, name: str | None, kind: str) -> Column:
    values = {"key": key, "name": name or key, "color": "#6366f1", "kind": kind, "wip_limit": None}
    return Column.model_validate({**values, "position": 0, "version": 1})


def names_of(found: Found) -> dict[str, str]:
    """The people of a source by key, as the report calls them: by name, and by address where it is known."""
    return {
        key: one.name if one.email in (None, one.name) else f"{one.name} ({one.email})"
        for key, one in found.people.items()
    }


def _note(planned: Planned, where: str, value: object, message: str) -> None:
    draft = planned.draft
    planned.misfits.append(
        Misfit(
            place=draft.place[:200],
            source_id=draft.source_id[:200],
            field=where[:80],
            value=" ".join(str(value).split())[:120],
            message=message,
        )
    )


def _title(draft: Draft, planned: Planned) -> str:
    title = " ".join(draft.title.split())
    if not title:
        _note(planned, "title", "", "is empty; called Untitled")
        return "Untitled"
    if len(title) > LONGEST_TITLE:
        _note(
            planned,
            "title",
            title,
            f"is longer than {LONGEST_TITLE} characters; cut off, whole in the description",
        )
    return title[:LONGEST_TITLE].strip()


def _description(draft: Draft, planned: Planned) -> str:
    parts = [draft.description.strip("\n")] if draft.description.strip() else []
    if len(" ".join(draft.title.split())) > LONGEST_TITLE:
        parts.insert(0, draft.title)
    if draft.links:
        parts.append("**Attachments**\n" + "\n".join(_markdown(link) for link in draft.links))
    text = "\n\n".join(parts)
    if len(text) > LONGEST_TEXT:
        _note(planned, "description", text, f"is longer than {LONGEST_TEXT:,} characters; cut off")
    return text[:LONGEST_TEXT]


def _markdown(link: DraftLink) -> str:
    """A link as Markdown whose name and address cannot be more than a name and an address."""
    name = "".join(
        f"\\{letter}" if letter in "\\[]<>`*_" else letter for letter in " ".join(link.name.split())
    )
    url = link.url.replace(" ", "%20").replace("<", "%3C").replace(">", "%3E").replace("\n", "")
    return f"- [{name}](<{url}>)"


def _start(draft: Draft, planned: Planned) -> date | None:
    if draft.start is not None and draft.due is not None and draft.due < draft.start:
        _note(planned, "start", draft.start, f"lies after the due date {draft.due}; left out")
        return None
    return draft.start


def _own(draft: Draft, planned: Planned) -> Json:
    made: Json = {"client_visible": draft.own.get("client_visible") is True}
    for name, most in _OWN_TEXTS.items():
        value = draft.own.get(name)
        if isinstance(value, str) and value:
            if len(value) > most:
                _note(planned, name, value, f"is longer than {most} characters; left out")
            else:
                made[name] = value
    return made


def _fitted(value: object, target: CustomField) -> object:
    """A value in the form its field takes, where there is one."""
    if target.kind == "text":
        return plain(value) if isinstance(value, str) else str(plain(value))
    if target.kind == "number" and isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    if target.kind == "checkbox" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    return plain(value)


# ---- a look at all of it ------------------------------------------------------------------------------


def counts(found: Found, already_here: int) -> Counts:
    """How much there is in a source."""
    drafts = found.drafts
    return Counts(
        tasks=len(drafts),
        sub_tasks=sum(draft.parent is not None for draft in drafts),
        archived=sum(draft.archived for draft in drafts),
        comments=sum(len(draft.comments) for draft in drafts),
        links=sum(len(draft.links) for draft in drafts),
        dependencies=sum(len(draft.depends_on) for draft in drafts),
        labels=len({label for draft in drafts for label in draft.labels}),
        already_here=already_here,
    )


def shown(planned: Planned) -> PreviewTask:
    """A planned task for the preview."""
    draft, values = planned.draft, planned.values
    names = set(PreviewTask.model_fields) & values.keys()
    return PreviewTask.model_validate(
        {name: values[name] for name in names}
        | {
            "source_id": draft.source_id,
            "place": draft.place,
            "description": str(values["description"])[:1000],
            "sprint": draft.sprint,
            "labels": tuple(planned.labels),
            "custom": planned.custom,
            "parent": draft.parent,
            "depends_on": draft.depends_on,
            "comments": len(draft.comments),
            "archived": draft.archived,
        }
    )
