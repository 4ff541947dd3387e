"""Turning an order into text: templates, durations, file names. Pure; shared by the channels.

Templates are filled by plain replacement of known names. Nothing in them is evaluated, and a value is
never searched for names again, so `{payload.__class__}` and `{client_name}` in a client's name stay text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from opsroom.artifacts.api import safe_name
from opsroom.delivery.shapes import DeliveryOrder, OutputRef, Priority
from opsroom.kernel.errors import Invalid

_TOKEN = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
# Bidirectional overrides and the like: a file name or a headline must read as what it is.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def values_of(order: DeliveryOrder) -> dict[str, str]:
    """What a template may name: the run's own values, then plain values of the payload."""
    started = order.started_at.astimezone(UTC)
    own = {
        "agent_name": order.agent_name,
        "agent_display_name": order.agent_display_name,
        "agent_version": order.agent_version,
        "client_id": order.client_id or "no-client",
        "client_name": order.client_name or order.client_id or "No client",
        "run_id": order.run_id,
        "task_id": order.task_id or "no-task",
        "timestamp": f"{started:%Y%m%dT%H%M%SZ}",
        "date": f"{started:%Y-%m-%d}",
        "month": f"{started:%Y-%m}",
        "year": f"{started:%Y}",
    }
    payload = {k: str(v) for k, v in order.payload.items() if isinstance(v, str | int | float)}
    return {**payload, **own}


def fill(template: str, values: Mapping[str, str]) -> str:
    """`template` with every `{name}` that `values` knows replaced; unknown names stay as they are."""
    return _TOKEN.sub(lambda m: values.get(m[1], m[0]), template)


def unknown_names(template: str, values: Mapping[str, str]) -> list[str]:
    """Names in `template` that nothing fills."""
    return sorted({name for name in _TOKEN.findall(template) if name not in values})


def path_segments(template: str, order: DeliveryOrder, *, what: str) -> list[str]:
    """`/Clients/{client_name}/Audits/` as filled segments.

    A value never makes a level of its own: a slash in a client's name becomes a dash. Raises Invalid for
    names that nothing fills, since a folder called `{client_naem}` helps nobody.
    """
    values = values_of(order)
    check_names(template, values, what=what)
    filled = [fill(part, values) for part in template.split("/") if part.strip()]
    segments = [one_line(re.sub(r"[/\\]", "-", part), 120).strip() for part in filled]
    return [segment for segment in segments if segment]


def check_names(template: str, values: Mapping[str, str], *, what: str) -> None:
    """Raise Invalid when `template` names what nothing fills."""
    unknown = unknown_names(template, values)
    if unknown:
        named = ", ".join(f"{{{name}}}" for name in unknown)
        known = ", ".join(sorted(values))
        raise Invalid(f"{what} names {named}, which nothing fills. Known names: {known}.")


def one_line(text: str, limit: int) -> str:
    """`text` on one line, without characters that hide or turn others, at most `limit` long."""
    seen = "".join(" " if c in "\r\n\t" else c for c in text if c in "\r\n\t" or visible(c))
    return clipped(" ".join(seen.split()), limit)


def visible(character: str) -> bool:
    """Not a control, format, surrogate or unassigned character. Joiners inside emoji are lost; so be it."""
    return unicodedata.category(character) not in _INVISIBLE


def clipped(text: str, limit: int) -> str:
    """`text`, cut with an ellipsis to at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def duration(seconds: float) -> str:
    """23m 14s; 1h 02m; 9s."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m {left:02d}s" if minutes else f"{left}s"


def dollars(micro_usd: int) -> str:
    """$1.82; amounts below a cent keep four places, so that they do not read as nothing."""
    amount = micro_usd / 1_000_000
    return f"${amount:.4f}" if 0 < amount < 0.01 else f"${amount:,.2f}"


def score(order: DeliveryOrder) -> str | None:
    """71/100, or None when the run gave no score."""
    summary = order.summary
    if summary is None or summary.score is None:
        return None
    return (
        f"{summary.score:g}/{summary.max_score:g}" if summary.max_score is not None else f"{summary.score:g}"
    )


def priorities(order: DeliveryOrder, limit: int = 3) -> list[Priority]:
    """The run's first priorities; without any, the first bullets of its Markdown."""
    if order.summary is not None and order.summary.priorities:
        return list(order.summary.priorities[:limit])
    bullets = re.findall(r"^\s{0,3}(?:[-*+]|\d+[.)])\s+(\S.*)$", order.markdown_excerpt or "", re.MULTILINE)
    return [Priority(severity="", text=re.sub(r"[*_`]{1,3}", "", text).strip()) for text in bullets[:limit]]


def file_names(outputs: Sequence[OutputRef]) -> list[str]:
    """A safe name for each output, all different also where upper and lower case are one.

    Two outputs may carry one name; the second becomes "report (2).html".
    """
    return distinct([safe_name(output.name) for output in outputs])


def distinct(wanted_names: Sequence[str]) -> list[str]:
    """The names, numbered where they repeat."""
    taken: set[str] = set()
    names: list[str] = []
    for wanted in wanted_names:
        stem, extension = split_extension(wanted)
        name, number = wanted, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem} ({number}){extension}"
        taken.add(name.casefold())
        names.append(name)
    return names


def split_extension(name: str) -> tuple[str, str]:
    """("report", ".html"); a name that only begins with a dot has no extension."""
    stem, dot, extension = name.rpartition(".")
    return (stem, f".{extension}") if dot and stem and len(extension) <= 10 else (name, "")


def since_ms(since: datetime) -> int:
    """Milliseconds since 1970, with two minutes of grace for clocks that disagree."""
    return int(since.timestamp() * 1000) - 120_000
