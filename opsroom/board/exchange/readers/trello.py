"""Trello's JSON export of a board (menu, print and export, JSON)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
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
from opsroom.board.shapes import FieldKind
from opsroom.kernel.shape import Json

_KINDS: Final[dict[str, FieldKind]] = {
    "text": "text", "number": "number", "date": "date", "checkbox": "checkbox", "list": "choice",
}  # fmt: skip
_EXPORTED_ACTIONS: Final = 1000


def is_trello(data: object) -> bool:
    """A board with lists and cards."""
    return (
        isinstance(data, dict) and isinstance(data.get("lists"), list) and isinstance(data.get("cards"), list)
    )


def read_trello(data: object, zone: tzinfo) -> Found:
    """Lists are columns, checklists' items sub-tasks, comments come from the board's actions."""
    return _Trello(mapping(data), zone).read()


class _Trello:
    def __init__(self, board: Json, zone: tzinfo) -> None:
        self._board = board
        self._to = Gathering("trello", text(board.get("name")) or "Trello board", zone)
        self._closed_lists: set[str] = set()
        self._options: dict[str, dict[str, str]] = {}
        self._checklists: dict[str, list[Json]] = {}
        self._comments: dict[str, list[DraftComment]] = {}

    def read(self) -> Found:
        board, to = self._board, self._to
        lists = sorted(mappings(board.get("lists")), key=lambda one: place_number(one.get("pos")))
        for one in lists:
            to.column(text(one.get("id")), text(one.get("name")))
            if one.get("closed") is True:
                self._closed_lists.add(text(one.get("id")))
        for one in mappings(board.get("members")):
            self._meet(one)
            to.person(text(one.get("id")), "")
        for one in mappings(board.get("customFields")):
            self._field(one)
        for one in mappings(board.get("checklists")):
            self._checklists.setdefault(text(one.get("idCard")), []).append(one)
        self._read_actions()
        order = {text(one.get("id")): place for place, one in enumerate(lists)}
        cards = sorted(
            mappings(board.get("cards")),
            key=lambda card: (order.get(text(card.get("idList")), len(order)), place_number(card.get("pos"))),
        )
        for number, card in enumerate(cards, start=1):
            self._card(card, number)
        return to.found

    def _field(self, one: Json) -> None:
        key, kind = text(one.get("id")), _KINDS.get(text(one.get("type")))
        if kind is None:
            self._to.misfit(
                "custom fields", text(one.get("name")), one.get("type"), "is a kind of field we do not have"
            )
            return
        options = {
            text(o.get("id")): text(mapping(o.get("value")).get("text")) for o in mappings(one.get("options"))
        }
        self._options[key] = options
        names = tuple(dict.fromkeys(name for name in options.values() if name))
        self._to.found.fields[key] = SourceField(
            key=key, name=text(one.get("name")) or key, kind=kind, options=names
        )

    def _meet(self, member: object) -> None:
        who = mapping(member)
        if key := text(who.get("id")):
            name = text(who.get("fullName")) or text(who.get("username"))
            self._to.meet(key, name, text(who.get("email")) or None)

    def _read_actions(self) -> None:
        actions = list(mappings(self._board.get("actions")))
        if len(actions) >= _EXPORTED_ACTIONS:
            self._to.misfit(
                "actions",
                "comments",
                len(actions),
                "Trello exports only the newest 1,000 actions: older comments are not in this file",
            )
        for action in reversed(actions):  # the newest stand first
            # Who left the board is no member in the file, and still stands on cards: here are their names.
            self._meet(action.get("memberCreator"))
            self._meet(action.get("member"))
            if text(action.get("type")) not in ("commentCard", "copyCommentCard"):
                continue
            told = mapping(action.get("data"))
            card, who = text(mapping(told.get("card")).get("id")), mapping(action.get("memberCreator"))
            name = text(who.get("fullName")) or text(who.get("username"))
            key = text(who.get("id")) or text(action.get("idMemberCreator"))
            if key and name:
                self._to.person(key, name)
            at = self._to.moment(f"comment of {name}", "date", action.get("date"), card)
            said = comment(text(action.get("id")), name, text(told.get("text")), at, key or None)
            self._comments.setdefault(card, []).append(said)

    def _card(self, card: Json, number: int) -> None:
        to, source_id = self._to, text(card.get("id"))
        title, place = text(card.get("name")), f"card {number}"
        if not source_id:
            to.misfit(place, "id", title, "has no id; left out")
            return
        list_id = text(card.get("idList"))
        if list_id not in to.found.columns:
            to.misfit(
                place,
                "list",
                list_id,
                "is a list that is not in this file; it goes where work begins",
                source_id,
            )
        labels = [text(one.get("name")) or text(one.get("color")) for one in mappings(card.get("labels"))]
        attachments = [(text(a.get("name")), text(a.get("url"))) for a in mappings(card.get("attachments"))]
        draft = Draft(
            source_id=source_id,
            place=place,
            title=title,
            description=text(card.get("desc")),
            column=list_id if list_id in to.found.columns else None,
            people=tuple(self._member(key) for key in texts(card.get("idMembers"))),
            labels=tuple(label for label in labels if label),
            start=to.day(place, "start", card.get("start"), source_id),
            due=to.day(place, "due", card.get("due"), source_id),
            comments=tuple(self._comments.get(source_id, ())),
            links=to.links(place, attachments, source_id),
            fields=dict(self._values(card, place, source_id)),
            created_at=_made_at(source_id),
            archived=card.get("closed") is True or list_id in self._closed_lists,
        )
        if to.add(draft):
            self._sub_tasks(draft)

    def _member(self, key: str) -> str:
        """Somebody a card names; who left the board and whom nothing names can be mapped all the same."""
        return self._to.person(key, "" if self._to.has_met(key) else f"Former member {key[-6:]}")

    def _values(self, card: Json, place: str, source_id: str) -> Iterator[tuple[str, object]]:
        for item in mappings(card.get("customFieldItems")):
            key = text(item.get("idCustomField"))
            field = self._to.found.fields.get(key)
            if field is None:
                self._to.misfit(
                    place, "custom field", key, "is a field that is not in this file; left out", source_id
                )
                continue
            value = mapping(item.get("value"))
            if field.kind == "choice":
                yield key, self._options[key].get(text(item.get("idValue")), "")
            elif field.kind == "checkbox":
                yield key, text(value.get("checked")) == "true" or value.get("checked") is True
            elif field.kind == "date":
                yield key, self._to.day(place, field.name, value.get("date"), source_id)
            else:
                yield key, text(value.get("number" if field.kind == "number" else "text"))

    def _sub_tasks(self, card: Draft) -> None:
        lists = sorted(self._checklists.get(card.source_id, ()), key=lambda one: place_number(one.get("pos")))
        for one in lists:
            items = sorted(mappings(one.get("checkItems")), key=lambda item: place_number(item.get("pos")))
            for number, item in enumerate(items, start=1):
                self._sub_task(card, text(one.get("name")), item, f"{card.place}, item {number}")

    def _sub_task(self, card: Draft, checklist: str, item: Json, place: str) -> None:
        item_id = text(item.get("id")) or f"{card.source_id}:{place}"
        source_id = f"item:{item_id}"
        member = text(item.get("idMember"))
        self._to.add(
            Draft(
                source_id=source_id,
                place=place,
                title=text(item.get("name")),
                description=f"From the checklist “{checklist}”."
                if checklist not in ("", "Checklist")
                else "",
                done=text(item.get("state")) == "complete",
                people=(self._member(member),) if member else (),
                due=self._to.day(place, "due", item.get("due"), source_id),
                parent=card.source_id,
                created_at=_made_at(item_id),
                archived=card.archived,
            )
        )


def _made_at(source_id: str) -> datetime | None:
    """Trello's ids begin with the second they were made in."""
    try:
        return datetime.fromtimestamp(int(source_id[:8], 16), UTC) if len(source_id) == 24 else None
    except ValueError:
        return None
