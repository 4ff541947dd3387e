"""The messages themselves: a finished run, and an alert. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from opsroom.delivery.channels.render import dollars, duration, fill, one_line, priorities, score, values_of
from opsroom.delivery.channels.slack.text import context, escaped, escaped_lines, header, link, section
from opsroom.delivery.ports import Link
from opsroom.delivery.shapes import Alert, DeliveryOrder
from opsroom.kernel.shape import Json

DEFAULT_TITLE = "🛰️ {agent_display_name}: run complete"
_MAX_FILE_LINKS = 8
_USER_ID = re.compile(r"[UW][A-Z0-9]{6,}")
_GROUP_ID = re.compile(r"S[A-Z0-9]{6,}")
_BROADCASTS = ("here", "channel", "everyone")


def run_message(
    order: DeliveryOrder, links: Sequence[Link], *, title: str, with_summary: bool, with_links: bool
) -> tuple[str, list[Json]]:
    """Fallback text and blocks of the message about a run."""
    headline = one_line(fill(title, values_of(order)), 150)
    client = order.client_name or order.client_id or "none"
    facts = f"Duration: {duration(order.duration_s)} · Cost: {dollars(order.cost_micro_usd)}"
    blocks = [header(headline), section(f"*Client:* {escaped(client)}\n{facts}")]
    if with_summary:
        blocks += _summary(order)
    if with_links:
        blocks += _links(order, links)
    blocks.append(context(escaped(f"{order.agent_name} {order.agent_version} · {order.run_id}")))
    parts = [headline, f"client {client}", facts]
    if given := score(order):
        parts.append(f"score {given}")
    return escaped(" · ".join(parts), 1000) or order.run_id, blocks


def _summary(order: DeliveryOrder) -> list[Json]:
    blocks: list[Json] = []
    if order.summary is not None and order.summary.headline:
        blocks.append(section(escaped(order.summary.headline)))
    if given := score(order):
        blocks.append(section(f"⭐ *Overall Score:* {given}"))
    top = priorities(order)
    if top:
        lines = [f"• {escaped(f'{p.severity}: {p.text}' if p.severity else p.text, 300)}" for p in top]
        blocks.append(section("\n".join([f"*Top {len(top)} priorities:*", *lines])))
    return blocks


def _links(order: DeliveryOrder, links: Sequence[Link]) -> list[Json]:
    files = [one for one in links if one.name is not None]
    folder = next((one for one in links if one.name is None), None)
    lines = [f"📄 {link(one.url, one.label)}" for one in files[:_MAX_FILE_LINKS]]
    if len(files) > _MAX_FILE_LINKS:
        lines.append(f"and {len(files) - _MAX_FILE_LINKS} more")
    if folder:
        lines.append(f"📁 {link(folder.url, 'All files')}")
    if order.task_id and order.task_url:
        lines.append(f"📋 {link(order.task_url, 'ClickUp task')}")
    trace = order.session_url or order.run_url
    if trace:
        lines.append(f"🔍 {link(trace, 'Session trace')}")
    if order.run_url and order.run_url != trace:
        lines.append(f"🛠 {link(order.run_url, 'Run in Opsroom')}")
    return [section("\n".join(lines))] if lines else []


def alert_message(alert: Alert, people: Mapping[str, str]) -> tuple[str, list[Json]]:
    """Fallback text and blocks of an alert."""
    headline = one_line(f"🚨 {alert.title}", 150)
    blocks = [header(headline)]
    if alert.text:
        blocks.append(section(escaped_lines(alert.text, 2500)))
    facts = [("Agent", alert.agent_name), ("Run", alert.run_id), ("Task", alert.task_id)]
    facts += [(f.label, f.value) for f in alert.fields]
    lines = [f"*{escaped(label, 60)}:* {escaped(value, 400)}" for label, value in facts if value]
    if alert.last_event:
        lines.append(f"*Last event:* {escaped(alert.last_event, 500)}")
    if alert.run_url:
        lines.append(f"🔍 {link(alert.run_url, 'Open the run')}")
    if lines:
        blocks.append(section("\n".join(lines)))
    if alert.earlier_suppressed:
        more = alert.earlier_suppressed
        blocks.append(
            context(f"{more} alert{'s' if more > 1 else ''} of this kind were held back before this one.")
        )
    mentions = " ".join(mention(tag, people) for tag in alert.tags)
    if mentions:
        blocks.append(section(mentions))
    text = escaped(f"{headline} — {alert.text}" if alert.text else headline, 1000)
    return f"{text} {mentions}".strip(), blocks


def mention(tag: str, people: Mapping[str, str]) -> str:
    """A tag from the agent file as a notifying mention where Slack has one for it, else as plain text."""
    name = tag.strip().removeprefix("<").removesuffix(">").removeprefix("@").removeprefix("!")
    known = people.get(name, people.get(f"@{name}", name))
    if _USER_ID.fullmatch(known):
        return f"<@{known}>"
    if _GROUP_ID.fullmatch(known):
        return f"<!subteam^{known}>"
    if name in _BROADCASTS:
        return f"<!{name}>"
    return escaped(f"@{name}", 80)
