"""What people read: the seed's message, and text that tries to be more than text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.delivery.channels import render
from opsroom.delivery.channels.clickup.channel import run_comment
from opsroom.delivery.channels.slack.message import DEFAULT_TITLE, alert_message, mention, run_message
from opsroom.delivery.channels.slack.text import escaped, link
from opsroom.delivery.ports import Link
from opsroom.delivery.shapes import Alert, AlertField, DeliveryOrder, Priority, RunSummary
from opsroom.kernel.errors import Invalid
from opsroom.sandbox.slack.blocks import problems_of
from opsroom.testing.channel_kit import sample_order
from tests.delivery.conftest import Desk

SEED = sample_order(slack={}).model_copy(
    update={
        "task_id": "tk_abc123",
        "task_url": "https://app.clickup.com/t/tk_abc123",
        "session_url": "https://console.example/sesn_1",
        "summary": RunSummary(
            score=71,
            max_score=100,
            priorities=(
                Priority(severity="P1", text="Add 8 missing GBP services"),
                Priority(severity="P1", text="Fix NAP inconsistency in 6 directories"),
                Priority(severity="P2", text="Build 5 city pages for service area"),
                Priority(severity="P3", text="Not among the top three"),
            ),
        ),
    }
)
LINKS = [
    Link(channel="google_drive", label="Audits", url="https://drive.example/f"),
    Link(channel="google_drive", label="Full audit", url="https://drive.example/1?a=1&b=2", name="audit.md"),
]
HOSTILE = [
    "<!channel> free money",
    "<@U0TRUNG01> look",
    "<https://evil.example|Full audit>",
    "@channel @here",
    "a & b < c > d",
    "line\none\u2028two",
    "\u202eevil\u202c",
    "<!subteam^S0123456>",
    "*bold* _it_ `code`",
    "x" * 5000,
    "\x00\x07\ud800",
]


def message(order: DeliveryOrder = SEED, **changes: Any) -> tuple[str, list[dict[str, Any]]]:
    known: dict[str, Any] = {"title": DEFAULT_TITLE, "with_summary": True, "with_links": True, **changes}
    return run_message(order, LINKS, **known)


def test_the_message_of_the_seed() -> None:
    text, blocks = message()
    said = "\n".join(b.get("text", {}).get("text", "") for b in blocks)
    for line in (
        "🛰️ SEO Sentinel",
        "*Client:* Shamrock Detailing (Columbus, OH)",
        "Duration: 23m 14s · Cost: $1.82",
        "⭐ *Overall Score:* 71/100",
        "*Top 3 priorities:*",
        "• P1: Add 8 missing GBP services",
        "• P1: Fix NAP inconsistency in 6 directories",
        "• P2: Build 5 city pages for service area",
        "📄 <https://drive.example/1?a=1&amp;b=2|Full audit>",
        "📋 <https://app.clickup.com/t/tk_abc123|ClickUp task>",
        "🔍 <https://console.example/sesn_1|Session trace>",
    ):
        assert line in said, line
    assert "Not among the top three" not in said
    assert "SEO Sentinel" in text
    assert "71/100" in text
    assert problems_of(blocks) == []


def test_parts_can_be_left_out() -> None:
    _, without_links = message(with_links=False)
    assert "drive.example" not in json.dumps(without_links)
    _, without_summary = message(with_summary=False)
    assert "priorities" not in json.dumps(without_summary)
    assert "drive.example" in json.dumps(without_summary)


def test_without_priorities_the_first_bullets_of_the_markdown_stand_in() -> None:
    order = SEED.model_copy(
        update={"summary": None, "markdown_excerpt": "# A\n\nText\n- **One**\n* Two\n1. Three\n- Four"}
    )
    said = json.dumps(message(order)[1], ensure_ascii=False)
    assert all(f"• {word}" in said for word in ("One", "Two", "Three"))
    assert "Four" not in said
    assert "Overall Score" not in said


@pytest.mark.parametrize("hostile", HOSTILE)
def test_untrusted_text_neither_pings_nor_links(hostile: str) -> None:
    order = SEED.model_copy(
        update={
            "client_name": hostile,
            "agent_display_name": hostile,
            "summary": RunSummary(
                headline=hostile, score=1, priorities=(Priority(severity=hostile, text=hostile),)
            ),
        }
    )
    hostile_links = [Link(channel="d", label=hostile, url="https://drive.example/1", name="x")]
    text, blocks = run_message(order, hostile_links, title=DEFAULT_TITLE, with_summary=True, with_links=True)
    for piece in [text, *mrkdwn_of(blocks)]:
        ours = piece.replace("<https://drive.example/1|", "").replace(
            "<https://app.clickup.com/t/tk_abc123|", ""
        )
        ours = ours.replace("<https://console.example/sesn_1|", "").replace(
            "<https://opsroom.example/runs/1|", ""
        )
        assert "<" not in ours, piece
    assert problems_of(blocks) == []
    assert all(e.get("verbatim") for e in objects_of(blocks) if e.get("type") == "mrkdwn")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_an_alert_pings_only_whom_the_file_names(hostile: str) -> None:
    alert = Alert(
        id="alert_1",
        kind="run_failed",
        key="k",
        title=hostile,
        text=hostile,
        agent_name=hostile,
        run_id="run_1",
        channel=None,
        tags=("@trung",),
        fields=(AlertField(label=hostile, value=hostile),),
        task_id=hostile,
        last_event=hostile,
        run_url="javascript:alert(1)",
        status="raised",
        error=None,
        earlier_suppressed=0,
        created_at=datetime.now(UTC),
        sent_at=None,
    )
    text, blocks = alert_message(alert, {"trung": "U0TRUNG01"})
    for piece in [text, *mrkdwn_of(blocks)]:
        assert "<" not in piece.replace("<@U0TRUNG01>", ""), piece
    assert problems_of(blocks) == []


@given(st.text())
def test_escaping_leaves_no_markup(text: str) -> None:
    safe = escaped(text)
    assert "<" not in safe
    assert ">" not in safe
    assert "\n" not in safe


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "", "ftp://x"])
def test_only_web_addresses_are_linked(url: str) -> None:
    assert not link(url, "Full audit").startswith("<")


def test_an_address_cannot_close_its_link() -> None:
    assert link("https://x.example/a>|<!channel>", "L") == "<https://x.example/a%3E%7C%3C!channel%3E|L>"


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ("@trung", "<@U0TRUNG01>"),
        ("trung", "<@U0TRUNG01>"),
        ("U0JAKE0001", "<@U0JAKE0001>"),
        ("<@U0JAKE0001>", "<@U0JAKE0001>"),
        ("S0TEAM0001", "<!subteam^S0TEAM0001>"),
        ("@here", "<!here>"),
        ("@jake", "@jake"),
        ("<!channel", "<!channel>"),
        ("@<b>", "@&lt;b"),
    ],
)
def test_tags(tag: str, shown: str) -> None:
    assert mention(tag, {"trung": "U0TRUNG01"}) == shown


async def test_hostile_text_arrives_as_text(desk: Desk) -> None:
    """The whole way, and the vendor's own reading of it."""
    order = await desk.order(client_name="<!channel> & 'Söhne' \\ / {run_id}")
    deliveries = await desk.deliver(order)
    assert {d.status for d in deliveries.values()} == {"sent"}
    (posted,) = desk.sandbox.slack.in_channel("#seo-automation")
    assert "<!channel>" not in posted.text + json.dumps(posted.blocks)
    assert posted.metadata
    assert posted.metadata["event_type"] == "opsroom_run"
    assert posted.metadata["event_payload"]["run_id"] == order.run_id
    (body,) = [r.body for r in desk.sandbox.ledger.find_requests("slack", path="*chat.postMessage")]
    assert isinstance(body, dict)
    assert body["unfurl_links"] in (False, "0", 0)
    assert body["unfurl_media"] in (False, "0", 0)
    names = {f.name for f in desk.sandbox.drive.files.values() if f.is_folder}
    assert "<!channel> & 'Söhne' - - {run_id}" in names, "one level, and no second filling"


# Templates and words


def test_templates_are_filled_and_not_evaluated() -> None:
    values = {"client_name": "{payload}", "payload": "x"}
    assert render.fill("{client_name}/{payload.__class__}/{0}/{{payload}}", values) == (
        "{payload}/{payload.__class__}/{0}/{x}"
    )


def test_values_come_from_the_run_and_plain_payload_fields() -> None:
    order = SEED.model_copy(
        update={
            "payload": {"city": "Columbus", "tier": 2, "list": [1], "run_id": "stolen"},
            "started_at": datetime(2026, 4, 19, 23, 59, 1, tzinfo=UTC),
        }
    )
    values = render.values_of(order)
    assert values["city"] == "Columbus"
    assert values["tier"] == "2"
    assert "list" not in values
    assert values["run_id"] == order.run_id
    assert values["timestamp"] == "20260419T235901Z"


def test_a_path_names_what_nothing_fills() -> None:
    with pytest.raises(Invalid, match=r"\{nope\}, which nothing fills"):
        render.path_segments("/a/{nope}", SEED, what="delivery.google_drive.folder_template")
    assert render.path_segments("//a/ {client_id} //", SEED, what="x") == ["a", "shamrock-detailing-columbus"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0s"), (9.4, "9s"), (60, "1m 00s"), (1394, "23m 14s"), (3720, "1h 02m"), (-1, "0s")],
)
def test_durations(seconds: float, shown: str) -> None:
    assert render.duration(seconds) == shown


@pytest.mark.parametrize(
    ("micro", "shown"), [(0, "$0.00"), (1_820_000, "$1.82"), (1200, "$0.0012"), (1_234_567_890, "$1,234.57")]
)
def test_money(micro: int, shown: str) -> None:
    assert render.dollars(micro) == shown


def test_the_comment_is_plain_text_with_links() -> None:
    text = run_comment(SEED, LINKS)
    assert "Overall score: 71/100" in text
    assert "• P2: Build 5 city pages for service area" in text
    assert "Full audit: https://drive.example/1?a=1&b=2" in text
    assert "Session trace: https://console.example/sesn_1" in text


def objects_of(value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value, *(o for v in value.values() for o in objects_of(v))]
    return [o for v in value for o in objects_of(v)] if isinstance(value, list) else []


def mrkdwn_of(blocks: list[dict[str, Any]]) -> list[str]:
    return [o["text"] for o in objects_of(blocks) if o.get("type") == "mrkdwn"]
