"""Readers: what each source's shapes become, and what is said about what does not come along."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsroom.board.exchange.cells import cell, lines, plain_cell
from opsroom.board.exchange.dates import day_first, day_of, moment_of
from opsroom.board.exchange.decoding import text_of
from opsroom.board.exchange.drafts import Draft, Found
from opsroom.board.exchange.reading import read
from opsroom.kernel.errors import Invalid, Malformed, OpsroomError

KEYS = re.findall(
    r"\w+",
    """id gid name title cards lists pos actions data type checklists checkItems custom_fields value status
    tasks memberships section dependencies stories comments due idList labels customFieldItems assignees nodes
    issues identifier state relations priority attachments url points subtasks format columns""",
)
FIXTURES = Path(__file__).parent / "fixtures"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def found(name: str, **more: Any) -> Found:
    return read(text_of((FIXTURES / name).read_bytes()), AMSTERDAM, **more)


def of(content: str | bytes, **more: Any) -> Found:
    data = content.encode() if isinstance(content, str) else content
    return read(text_of(data), AMSTERDAM, **more)


def draft(result: Found, title: str) -> Draft:
    return next(one for one in result.drafts if one.title == title)


def said(result: Found) -> list[str]:
    return [f"{m.place} {m.field}: {m.message}" for m in result.misfits]


def test_trello() -> None:
    result = found("trello.json")
    assert (result.source, result.name) == ("trello", "Harbour Coffee relaunch")
    titles = [one.title for one in result.drafts]
    # Lists from left to right, cards by their place, checklist items by theirs after their card.
    assert titles == [
        "Mascot",
        "Move the site",
        "Sitemap",
        "Redirects",
        "Choose a font",
        "Ask for photos",
        "Buy domain",
    ]
    card = draft(result, "Move the site")
    assert (card.start, card.due) == (date(2026, 3, 2), date(2026, 3, 10)), (
        "the due date is a day in Amsterdam"
    )
    assert [(c.author, c.text, c.at.day if c.at else 0) for c in card.comments] == [
        ("Noor Haddad", "First word", 10),
        ("Alice", "Second word", 11),
    ]
    assert sorted(map(str, card.fields.values())) == ["1200.5", "2026-04-01", "Beta", "True"]
    assert [one.url for one in card.links] == ["https://trello.com/1/cards/x/plan.pdf"]
    sitemap = draft(result, "Sitemap")
    assert (sitemap.parent, sitemap.done, sitemap.due) == (card.source_id, True, date(2026, 3, 4))
    assert draft(result, "Mascot").archived, "a card in a closed list is in the archive"
    assert draft(result, "Choose a font").labels == ("red",), "a label without a name is called by its colour"
    assert any("javascript" in m.value for m in result.misfits)
    assert any("twice" in line for line in said(result))


def test_asana() -> None:
    result = found("asana.json")
    assert (result.source, result.name, list(result.columns)) == (
        "asana",
        "Spring campaign",
        ["In progress", "To do", "Legal review"],
    )
    brief = draft(result, "Write brief")
    assert (brief.priority, brief.labels, brief.depends_on) == ("p1", ("copy",), ("1202",))
    assert brief.fields == {"62": 6.5, "63": "Mail"}
    assert result.fields["63"].options == ("Mail", "Web")
    assert [c.text for c in brief.comments] == ["Ready on Monday"], "what the system says is no comment"
    part = draft(result, "Interview client")
    assert (part.parent, part.done, part.completed_at) == ("1201", True, datetime(2026, 1, 8, 12, tzinfo=UTC))
    # Two that wait for each other: one of them keeps its word, the other is told of.
    assert [draft(result, f"Circle {x}").depends_on for x in "AB"] == [("1204",), ()]
    told = " ".join(said(result))
    for part_of in ("2026-02-30", "9999"):
        assert any(part_of in m.value for m in result.misfits)
    assert "circle is cut" in told
    assert "'timer'" in told


def test_clickup() -> None:
    result = found("clickup.json")
    assert (result.source, result.name) == ("clickup", "Sprint backlog")
    assert [(c.name, c.kind) for c in result.columns.values()] == [
        ("to do", "todo"),
        ("in progress", None),
        ("complete", "done"),
    ]
    login = draft(result, "Fix login")
    assert (login.description, login.priority, login.estimate) == ("**bold**", "p1", 3)
    assert login.fields == {"f1": "Major", "f2": "8", "f4": "https://example.com/login"}
    assert (login.depends_on, draft(result, "Tell users").depends_on) == (("86a2",), ("86a1",))
    assert draft(result, "On Safari").parent == draft(result, "Write test").source_id
    assert draft(result, "Rotate keys").archived
    assert [one.title for one in result.drafts][:2] == ["Rotate keys", "Fix login"], (
        "by the order of the list"
    )
    assert any("'votes'" in line for line in said(result))


def test_linear_api() -> None:
    result = found("linear.json")
    assert (result.source, result.name) == ("linear", "Web")
    fast = draft(result, "Speed up")
    assert (fast.category, fast.sprint, fast.priority) == ("Technical SEO", "cy-4", "p1")
    assert [c.text for c in fast.comments] == ["sooner", "later"]
    assert draft(result, "Announce").depends_on == ("li-1",), "who blocks tells of it, who waits has it"
    assert "canceled" in draft(result, "Announce").labels
    assert (result.sprints["cy-4"].start, result.sprints["cy-4"].end) == (date(2026, 2, 2), date(2026, 2, 15))
    titles = [one.title for one in result.drafts]
    assert titles.index("Speed up") < titles.index("Cache headers"), "a part comes after its task"


def test_linear_csv() -> None:
    result = found("linear.csv")
    assert (result.source, len(result.drafts), result.misfits) == ("linear", 2, [])
    ship = draft(result, 'Ship the "new" site')
    assert (ship.description, ship.labels, ship.sprint) == ("Line one\nline two", ("perf", "web"), "Cycle 7")
    assert ship.completed_at == datetime(2026, 1, 16, 15, 26, 7, tzinfo=UTC)
    evil = draft(result, '=HYPERLINK("http://evil.example")')
    assert evil.parent == "OPS-1", "a formula is a text like any other"


def test_a_table_of_a_german_spreadsheet() -> None:
    result = found("semicolons.csv")
    first = result.drafts[0]
    assert (first.title, first.description, first.due) == (
        "Website prüfen",
        "Größe messen",
        date(2026, 3, 31),
    )
    assert first.fields == {"Kosten": 1234.5, "Fertig?": False}
    assert result.drafts[1].title == "Menü; neu"
    assert {h.heading: h.target for h in result.headings}["Zuständig"] == "people"
    told = said(result)
    assert any("windows" in m.value for m in result.misfits)
    assert any("row 4 due" in line for line in told)
    assert any("row 2 priority" in line for line in told)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8-sig", b""), ("utf-16", b""), ("cp1252", b""), ("utf-16-le", b"")],
)
def test_encodings(encoding: str, mark: bytes) -> None:
    result = of(mark + "title,notes\nCafé Überraschung,naïve €\n".encode(encoding))
    assert (result.drafts[0].title, result.drafts[0].description) == ("Café Überraschung", "naïve €")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    rows = [["title", "tags", "notes"], ["One", "a, b; c", 'says "hi"'], ["Two", "x", "line\nbreak"]]
    text = "\n".join(delimiter.join('"' + c.replace('"', '""') + '"' for c in row) for row in rows)
    result = of(text)
    assert [d.title for d in result.drafts] == ["One", "Two"]
    assert result.drafts[0].labels == ("a", "b", "c")


def test_headings_can_be_said() -> None:
    text = "Vorgang,Wer,Bis\nPrüfen,Kenji,03/04/2026\n"
    result = of(text, headings={"Vorgang": "title", "Wer": "people", "Bis": "due"}, days_first=False)
    assert (result.drafts[0].title, result.drafts[0].due) == ("Prüfen", date(2026, 3, 4))


def test_a_day_that_can_be_read_two_ways_is_told_of() -> None:
    open_one = of("title,due\nA,03/04/2026\n")
    assert open_one.drafts[0].due == date(2026, 4, 3)
    assert any("days_first" in line for line in said(open_one))
    settled = of("title,due\nA,03/04/2026\nB,12/31/2026\n")
    assert [d.due for d in settled.drafts] == [date(2026, 3, 4), date(2026, 12, 31)]
    assert not settled.misfits


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("2026-03-05", date(2026, 3, 5)),
        ("2026/03/05", date(2026, 3, 5)),
        ("05.03.2026", date(2026, 3, 5)),
        ("5.3.26", date(2026, 3, 5)),
        ("Mar 5, 2026", date(2026, 3, 5)),
        ("5 March 2026", date(2026, 3, 5)),
        ("Thursday, March 5th, 2026, 4:30 PM", date(2026, 3, 5)),
        ("Thu Mar 05 2026 15:26:07 GMT+0000 (GMT)", date(2026, 3, 5)),
        ("2026-03-05T23:30:00Z", date(2026, 3, 6)),
        ("1772712000000", date(2026, 3, 5)),
        (1772712000, date(2026, 3, 5)),
        ("2026-02-30", None),
        ("31.02.2026", None),
        ("soon", None),
        ("99999999999999999999", None),
        (1e300, None),
        (True, None),
        ("", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_days(written: object, wanted: date | None) -> None:
    assert day_of(written, AMSTERDAM) == wanted


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_days(written: str) -> None:
    moment_of(written, AMSTERDAM)
    day_of(written, AMSTERDAM)
    day_first([written])


@pytest.mark.parametrize(
    ("content", "error", "part"),
    [
        ('{"lists": [], "cards": [{"id": "1", "na', Malformed, "cut off"),
        ("[1, 2", Malformed, "cut off"),
        ('{"a": }', Malformed, "line 1, column 7"),
        ("{" * 5000, Malformed, ""),
        ("[" * 100_000 + "]" * 100_000, Malformed, "nested"),
        ('{"hello": "world"}', Invalid, "none of"),
        ("[]", Invalid, "none of"),
        (b"PK\x03\x04rest", Malformed, "Excel"),
        (b"%PDF-1.7", Malformed, "PDF"),
        (b"\xff\xfea", Malformed, "cut off"),
        ("\n\n", Malformed, "no rows"),
    ],
)
def test_what_cannot_be_read_says_why(content: str | bytes, error: type[OpsroomError], part: str) -> None:
    with pytest.raises(error) as refusal:
        of(content)
    assert part in str(refusal.value)


def test_json_that_is_said_to_be_something_it_is_not() -> None:
    with pytest.raises(Malformed, match="no JSON"):
        of("title\nA\n", kind="trello")
    assert of('{"data": 5}', kind="asana").drafts == []


def test_rows_of_the_wrong_width_and_quotes_that_never_close() -> None:
    result = of('title,notes\nA,b,c,d\nB\n"C,never closed\n')
    assert [d.title for d in result.drafts] == ["A", "B"]
    told = " ".join(said(result))
    assert "row 2" in told
    assert "4 cells for 2 headings" in told
    assert "never closed" in told


def test_the_same_row_twice_and_the_same_id_twice() -> None:
    no_ids = of("title\nA\nA\n")
    assert len({d.source_id for d in no_ids.drafts}) == 2
    ids = of("id,title\n1,A\n1,B\n2,C\n")
    assert [d.title for d in ids.drafts] == ["A", "C"]
    assert any("twice" in line for line in said(ids))


def test_circles_of_parents_and_of_waiting_are_cut() -> None:
    rows = ["id,title,parent,depends on", "1,A,2,3", "2,B,1,1", "3,C,3,2", "4,D,99,98", "5,E,,"]
    result = of("\n".join(rows))
    assert len(result.drafts) == 5
    by_id = {d.source_id: d for d in result.drafts}
    for one in result.drafts:  # whoever follows parents, or waiting, comes to an end
        seen: set[str] = set()
        at: str | None = one.source_id
        while at:
            assert at not in seen
            seen.add(at)
            at = by_id[at].parent
    assert _has_order({d.source_id: set(d.depends_on) for d in result.drafts})
    told = said(result)
    assert sum("is not in this file" in line for line in told) == 2


def _has_order(waits: dict[str, set[str]]) -> bool:
    left = dict(waits)
    while left:
        free = [one for one, others in left.items() if not others & left.keys()]
        if not free:
            return False
        for one in free:
            del left[one]
    return True


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40))
def test_whatever_waits_for_whatever_there_is_an_order_in_the_end(pairs: list[tuple[int, int]]) -> None:
    tasks = [
        {"gid": str(n), "name": f"T{n}", "dependencies": [{"gid": str(b)} for a, b in pairs if a == n]}
        for n in range(13)
    ]
    result = of(json.dumps({"data": tasks}))
    assert _has_order({d.source_id: set(d.depends_on) for d in result.drafts})


@settings(deadline=None, max_examples=150)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(KEYS),
                inner,
                max_size=6,
            )
        ),
        max_leaves=25,
    ),
    st.sampled_from(["trello", "asana", "clickup", "linear", "opsroom"]),
)
def test_no_json_breaks_a_reader(data: Any, kind: Any) -> None:
    wrapped = {
        "trello": {
            "lists": data,
            "cards": data if isinstance(data, list) else [data],
            "actions": [data],
            "checklists": [data],
        },
        "asana": {"data": data if isinstance(data, list) else [data]},
        "clickup": {"tasks": data if isinstance(data, list) else [data]},
        "linear": {"issues": data if isinstance(data, list) else [data]},
        "opsroom": {
            "format": "opsroom.board.v1",
            "tasks": data if isinstance(data, list) else [data],
            "columns": [data],
        },
    }[kind]
    of(json.dumps(wrapped), kind=kind)


def test_many_rows_take_seconds() -> None:
    rows = "\n".join(
        f"{n},Task number {n},2026-03-{n % 28 + 1:02d},{'doing' if n % 3 else 'done'},a;b"
        for n in range(20_000)
    )
    began = time.perf_counter()
    result = of("id,title,due,status,labels\n" + rows)
    assert (len(result.drafts), result.misfits) == (20_000, [])
    assert time.perf_counter() - began < 20


def test_a_chain_of_a_hundred_thousand_that_wait_is_walked_once() -> None:
    tasks = [{"gid": str(n), "name": "T", "dependencies": [{"gid": str(n + 1)}]} for n in range(30_000)]
    began = time.perf_counter()
    result = of(json.dumps(tasks))
    assert sum(bool(d.depends_on) for d in result.drafts) == 29_999
    assert time.perf_counter() - began < 10


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-2", "@sum", "\tx", "\rx", " =1", "\ufeff=1", "\n@x"])
def test_formulas_are_neutralised(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert plain_cell(cell(text)) == text


@given(st.text(max_size=30))
def test_a_cell_reads_back_as_it_was(text: str) -> None:
    import csv
    import io

    row = next(csv.reader(io.StringIO(lines([[text, "x"]]), newline="")))
    assert plain_cell(row[0]) == text
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_numbers_stay_numbers() -> None:
    assert [cell(v) for v in (-1.5, None, True, date(2026, 1, 2), "plain")] == [
        "-1.5",
        "",
        "true",
        "2026-01-02",
        "plain",
    ]
