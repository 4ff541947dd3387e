"""Linear's issues as its API gives them: `{"data": {"issues": {"nodes": […]}}}` or a bare list of issues.

Linear's CSV export is read as a table with known headings (`table`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from opsroom.board.exchange.drafts import Draft, DraftComment, Found, SourceSprint
from opsroom.board.exchange.readers.gathering import (
    Gathering,
    comment,
    mapping,
    mappings,
    place_number,
    text,
)
from opsroom.board.shapes import ColumnKind
from opsroom.kernel.shape import Json

_STATE_KINDS: Final[dict[str, ColumnKind]] = {
    "triage": "todo", "backlog": "todo", "unstarted": "todo", "started": "active",
    "completed": "done", "canceled": "done",
}  # fmt: skip
_PRIORITIES: Final = {"0": "", "1": "urgent", "2": "high", "3": "medium", "4": "low"}


def issues_of(data: object) -> object:
    """The issues in any of the shapes they come in, None for none."""
    inner = mapping(data)
    inner = mapping(inner.get("data")) or inner
    for name in ("issues", "team", "project"):
        held = inner.get(name)
        if name != "issues":
            held = mapping(held).get("issues")
        if held is not None:
            return mapping(held).get("nodes", held)
    return data if isinstance(data, list) else None


def is_linear(data: object) -> bool:
    """Issues with an identifier and a state that is an object."""
    issues = issues_of(data)
    if not isinstance(issues, list):
        return False
    return any(isinstance(one, dict) and "identifier" in one for one in issues[:20])


def read_linear(data: object, zone: tzinfo) -> Found:
    """States are columns, cycles sprints, projects categories."""
    return _Linear(zone).read(list(mappings(issues_of(data))))


class _Linear:
    def __init__(self, zone: tzinfo) -> None:
        self._to = Gathering("linear", "Linear", zone)

    def read(self, issues: list[Json]) -> Found:
        states = [mapping(issue.get("state")) for issue in issues]
        rank = list(_STATE_KINDS)

        def order(state: Json) -> tuple[int, float]:
            kind = text(state.get("type"))
            return rank.index(kind) if kind in rank else len(rank), place_number(state.get("position"))

        for state in sorted(states, key=order):
            if name := text(state.get("name")):
                self._to.column(name, name, _STATE_KINDS.get(text(state.get("type"))))
        teams = {text(mapping(issue.get("team")).get("name")) for issue in issues} - {""}
        if len(teams) == 1:
            self._to.found.name = teams.pop()[:200]
        blocked = self._blocked_by(issues)
        for issue in sorted(issues, key=lambda one: place_number(one.get("sortOrder"))):
            self._issue(issue, blocked)
        return self._to.found

    def _blocked_by(self, issues: list[Json]) -> dict[str, list[str]]:
        """Who waits for whom: `blocks` is told by the one that is waited for."""
        waits: dict[str, list[str]] = {}
        for issue in issues:
            own = text(issue.get("id"))
            for relation in mappings(mapping(issue.get("relations")).get("nodes")):
                if text(relation.get("type")) == "blocks":
                    waits.setdefault(text(mapping(relation.get("relatedIssue")).get("id")), []).append(own)
            for relation in mappings(mapping(issue.get("inverseRelations")).get("nodes")):
                if text(relation.get("type")) == "blocks":
                    waits.setdefault(own, []).append(text(mapping(relation.get("issue")).get("id")))
        return waits

    def _issue(self, issue: Json, blocked: dict[str, list[str]]) -> None:
        to, source_id = self._to, text(issue.get("id"))
        place = text(issue.get("identifier")) or f"issue {source_id}"
        if not source_id:
            to.misfit(place, "id", issue.get("title"), "has no id; left out")
            return
        state = mapping(issue.get("state"))
        assignee = self._person(issue.get("assignee"))
        subscribers = mappings(mapping(issue.get("subscribers")).get("nodes"))
        for who in (*subscribers, mapping(issue.get("creator"))):
            if key := text(who.get("id")):
                to.meet(key, _name(who), text(who.get("email")) or None)
        priority = _PRIORITIES.get(text(issue.get("priority")), text(issue.get("priorityLabel")))
        attachments = mappings(mapping(issue.get("attachments")).get("nodes"))
        ended = issue.get("completedAt") or issue.get("canceledAt")
        labels = [text(one.get("name")) for one in mappings(mapping(issue.get("labels")).get("nodes"))]
        if text(state.get("type")) == "canceled":
            labels.append("canceled")  # ends like what is done, and yet was not done
        draft = Draft(
            source_id=source_id,
            place=place,
            title=text(issue.get("title")),
            description=text(issue.get("description")),
            column=text(state.get("name")) or None,
            people=(assignee,) if assignee else (),
            labels=tuple(label for label in labels if label),
            category=text(mapping(issue.get("project")).get("name")) or None,
            sprint=self._cycle(issue, place, source_id),
            priority=to.priority(place, priority, source_id),
            due=to.day(place, "dueDate", issue.get("dueDate"), source_id),
            estimate=to.number(place, "estimate", issue.get("estimate"), source_id),
            parent=text(mapping(issue.get("parent")).get("id")) or None,
            depends_on=tuple(dict.fromkeys(blocked.get(source_id, ()))),
            comments=tuple(self._comments(issue, place, source_id)),
            links=to.links(
                place, [(text(a.get("title")), text(a.get("url"))) for a in attachments], source_id
            ),
            author=text(mapping(issue.get("creator")).get("name")) or None,
            created_at=to.moment(place, "createdAt", issue.get("createdAt"), source_id),
            started_at=to.moment(place, "startedAt", issue.get("startedAt"), source_id),
            completed_at=to.moment(place, "completedAt", ended, source_id),
            archived=issue.get("archivedAt") is not None,
        )
        to.add(draft)

    def _person(self, value: object) -> str | None:
        who = mapping(value)
        key = text(who.get("id")) or text(who.get("email"))
        return self._to.person(key, _name(who), text(who.get("email")) or None) if key else None

    def _cycle(self, issue: Json, place: str, source_id: str) -> str | None:
        cycle = mapping(issue.get("cycle"))
        key = text(cycle.get("id")) or text(cycle.get("number"))
        if not key:
            return None
        name = text(cycle.get("name")) or f"Cycle {text(cycle.get('number'))}"
        start = self._to.day(place, "cycle.startsAt", cycle.get("startsAt"), source_id)
        end = self._to.day(place, "cycle.endsAt", cycle.get("endsAt"), source_id)
        self._to.found.sprints.setdefault(key, SourceSprint(key=key, name=name, start=start, end=end))
        return key

    def _comments(self, issue: Json, place: str, source_id: str) -> Iterator[DraftComment]:
        nodes = mappings(mapping(issue.get("comments")).get("nodes"))
        for said in sorted(nodes, key=lambda one: text(one.get("createdAt"))):
            who = mapping(said.get("user"))
            at = self._to.moment(place, "createdAt", said.get("createdAt"), source_id)
            yield comment(text(said.get("id")), _name(who), text(said.get("body")), at, self._person(who))


def _name(who: Json) -> str:
    return text(who.get("name")) or text(who.get("displayName"))
