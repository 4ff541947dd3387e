"""A table with a row for each task: Linear's export, this product's CSV, or anybody's list."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, tzinfo
from typing import Final

from opsroom.board.exchange import dates
from opsroom.board.exchange.cells import plain_cell
from opsroom.board.exchange.decoding import Table
from opsroom.board.exchange.drafts import (
    Draft,
    DraftComment,
    Found,
    SourceField,
    SourceHeading,
    SourceSprint,
)
from opsroom.board.exchange.readers.gathering import Gathering, comment
from opsroom.board.exchange.readers.headings import Target, decided, is_linear
from opsroom.board.shapes import FieldKind
from opsroom.kernel.shape import Json

_TRUE: Final = frozenset({"true", "yes", "y", "x", "1", "ja", "✓", "✔"})
_FALSE: Final = frozenset({"false", "no", "n", "0", "nein", "", "-"})
_DAYS: Final[tuple[Target, ...]] = ("start", "due", "created_at", "started_at", "completed_at")
_DONE: Final = re.compile(
    r"^(done|complete[d]?|closed|resolved|cancel(l)?ed|finished|erledigt|fertig)$", re.IGNORECASE
)
_SAMPLES: Final = 3
_LOOKED_AT: Final = 2000


def read_table(
    table: Table, zone: tzinfo, *, name: str, said: Mapping[str, Target], days_first: bool | None
) -> Found:
    """Rows are tasks. `said` overrules what headings are taken for; `days_first` settles 03/04."""
    return _Table(table, zone, name, said, days_first).read()


class _Table:
    def __init__(
        self, table: Table, zone: tzinfo, name: str, said: Mapping[str, Target], days_first: bool | None
    ) -> None:
        linear = is_linear(table.headings)
        self._to = Gathering("linear" if linear else "csv", name or ("Linear" if linear else "Table"), zone)
        self._table = table
        self._targets = decided(table.headings, said)
        self._place_of = {heading: place for place, heading in enumerate(table.headings)}
        self._days_first = days_first
        self._seen: dict[str, int] = {}

    def read(self) -> Found:
        to, table = self._to, self._table
        for line, message in table.wrong:
            to.misfit(f"row {line}", "row", "", message)
        self._settle_days()
        self._find_fields()
        to.found.headings = tuple(
            SourceHeading(heading=heading, target=self._targets[heading], samples=self._samples(heading))
            for heading in table.headings
        )
        for line, row in table.rows:
            self._row(line, row)
        self._find_ends()
        return to.found

    def _find_ends(self) -> None:
        """A status in which every task is done is one in which work ends."""
        undone = {draft.column for draft in self._to.found.drafts if not draft.done}
        for key, column in self._to.found.columns.items():
            if column.kind is None and key not in undone:
                self._to.found.columns[key] = column.model_copy(update={"kind": "done"})

    # ---- the columns of the table as a whole

    def _cells(self, heading: str, most: int = _LOOKED_AT) -> list[str]:
        place = self._place_of[heading]
        return [
            row[place].strip()
            for _, row in self._table.rows[:most]
            if place < len(row) and row[place].strip()
        ]

    def _samples(self, heading: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(cell[:80] for cell in self._cells(heading, 50)))[:_SAMPLES]

    def _settle_days(self) -> None:
        """One answer for the whole file: nobody writes both ways."""
        if self._days_first is not None:
            return
        headings = [heading for heading, target in self._targets.items() if target in _DAYS]
        cells = [cell for heading in headings for cell in self._cells(heading, len(self._table.rows))]
        found = dates.day_first(cells)
        self._days_first = True if found is None else found
        if found is None and (open_ones := [cell for cell in cells if dates.is_ambiguous(cell)]):
            message = "can be read as day/month or month/day; read as day/month. Say days_first to decide it"
            self._to.misfit(f"headings {', '.join(headings)}", "dates", open_ones[0], message)

    def _find_fields(self) -> None:
        for heading, target in self._targets.items():
            if target == "field":
                kind = self._kind_of(self._cells(heading))
                self._to.found.fields[heading] = SourceField(key=heading, name=heading[:80], kind=kind)

    def _kind_of(self, cells: Sequence[str]) -> FieldKind:
        tests: tuple[tuple[FieldKind, Callable[[str], bool]], ...] = (
            ("checkbox", lambda cell: cell.lower() in _TRUE | _FALSE and not cell.isdigit()),
            ("number", lambda cell: _number(cell) is not None),
            ("date", lambda cell: self._day(cell) is not None),
            ("url", lambda cell: cell.startswith(("http://", "https://")) and " " not in cell),
        )
        for kind, fits in tests:
            if cells and all(map(fits, cells)):
                return kind
        return "text"

    def _day(self, cell: str) -> date | None:
        return dates.day_of(cell, self._to.zone, days_first=self._days_first is not False)

    # ---- one row

    def _row(self, line: int, row: tuple[str, ...]) -> None:
        cells: dict[Target, list[str]] = {}
        fields: Json = {}
        for raw, (heading, target) in zip(row, self._targets.items(), strict=False):
            cell = raw.strip()
            if cell.startswith("'"):
                cell = plain_cell(cell)
            if cell and target == "field":
                fields[heading] = self._value(heading, cell)
            elif cell:
                cells.setdefault(target, []).append(cell)
        self._to.add(self._draft(f"row {line}", _Cells(cells), fields, row))

    def _draft(self, place: str, cells: _Cells, fields: Json, row: tuple[str, ...]) -> Draft:
        to = self._to
        source_id = cells.one("id") or self._made_id(row)
        status = cells.one("status")
        completed = cells.one("completed_at")
        is_done = completed.lower() in _TRUE  # some tables have a tick where others have a time
        times = {"created_at": cells.one("created_at"), "started_at": cells.one("started_at")}
        times["completed_at"] = "" if completed.lower() in _TRUE | _FALSE else completed
        pairs = [(url, url) for url in cells.all("links", r"[\s;,]+")]
        return Draft(
            source_id=source_id[:150],
            place=place,
            title=cells.one("title"),
            description=cells.one("description"),
            column=to.column(status.lower(), status, "done" if _DONE.match(status) else None)
            if status
            else None,
            done=is_done or bool(times["completed_at"]),
            people=tuple(to.person(name.lower(), name) for name in cells.all("people", r"[;,]")),
            labels=tuple(cells.all("labels", r"[;,]")),
            category=cells.one("category") or None,
            sprint=self._sprint(place, cells, source_id),
            priority=to.priority(place, cells.one("priority"), source_id),
            start=self._day_of(place, "start", cells, source_id),
            due=self._day_of(place, "due", cells, source_id),
            estimate=to.number(place, "estimate", cells.one("estimate"), source_id),
            parent=cells.one("parent") or None,
            depends_on=tuple(cells.all("depends_on", r"[;,\s]+")),
            comments=tuple(self._comments(cells)),
            links=to.links(place, pairs, source_id),
            fields=fields,
            author=cells.one("author") or None,
            archived=cells.one("archived").lower() not in _FALSE,
            blocked_reason=cells.one("blocked_reason") or None,
            own={name: cells.one(name) for name in ("client_id", "brand") if cells.one(name)},
            **{name: self._moment(place, name, cell, source_id) for name, cell in times.items()},  # pyright: ignore[reportArgumentType]
        )

    def _made_id(self, row: tuple[str, ...]) -> str:
        """Of a row without an id: what it says, and how often it was said before."""
        said = hashlib.sha256("\x1f".join(row).encode("utf-8", "replace")).hexdigest()[:32]
        self._seen[said] = self._seen.get(said, 0) + 1
        return f"row:{said}:{self._seen[said]}"

    def _sprint(self, place: str, cells: _Cells, source_id: str) -> str | None:
        name = cells.one("sprint") or (f"Cycle {number}" if (number := cells.one("sprint_number")) else "")
        if not name:
            return None
        start = self._day_of(place, "sprint_start", cells, source_id)
        end = self._day_of(place, "sprint_end", cells, source_id)
        self._to.found.sprints.setdefault(name, SourceSprint(key=name, name=name, start=start, end=end))
        return name

    def _comments(self, cells: _Cells) -> list[DraftComment]:
        return [comment("", "the table", said, None) for said in cells.all("comment")]

    def _day_of(self, place: str, target: Target, cells: _Cells, source_id: str) -> date | None:
        cell = cells.one(target)
        found = self._day(cell) if cell else None
        if cell and found is None:
            self._to.misfit(place, target, cell, "is no day we can read; left out", source_id)
        return found

    def _moment(self, place: str, field: str, cell: str, source_id: str) -> object:
        found = (
            dates.moment_of(cell, self._to.zone, days_first=self._days_first is not False) if cell else None
        )
        if cell and found is None:
            self._to.misfit(place, field, cell, "is no time we can read; left out", source_id)
        return found

    def _value(self, heading: str, cell: str) -> object:
        match self._to.found.fields[heading].kind:
            case "number":
                return _number(cell) if _number(cell) is not None else cell
            case "checkbox":
                return cell.lower() in _TRUE
            case "date":
                return self._day(cell) or cell
            case _:
                return cell


class _Cells:
    """The cells of a row by what they mean."""

    def __init__(self, cells: Mapping[Target, list[str]]) -> None:
        self._cells = cells

    def one(self, target: Target) -> str:
        """The first one, "" if there is none."""
        return self._cells.get(target, [""])[0]

    def all(self, target: Target, split: str | None = None) -> list[str]:
        """Each of them, taken apart by `split`, each once."""
        cells = self._cells.get(target, [])
        parts = [part.strip() for cell in cells for part in (re.split(split, cell) if split else [cell])]
        return list(dict.fromkeys(part for part in parts if part))


def _number(cell: str) -> float | None:
    plain = cell.replace("\u00a0", "").replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,15}(?:\.\d+)?", plain):
        return float(plain)
    if re.fullmatch(r"[+-]?\d{1,3}(?:\.\d{3})*,\d+|[+-]?\d+,\d+", plain):  # as much of Europe writes it
        return float(plain.replace(".", "").replace(",", "."))
    return None
