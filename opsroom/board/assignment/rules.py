"""Pure decisions: how well an agent's skills fit a task, and what its load says. No learning, no chance:
the same task and the same roster give the same ranking, and every point has its reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from opsroom.board.assignment.shapes import Candidate, Seat, Suggestion, Work

# What is said of work that needs a skill. Skills a project makes up itself match by their own words.
_WORDS: Final[dict[str, frozenset[str]]] = {
    skill: frozenset(words.split())
    for skill, words in {
        "orchestration": "orchestrate coordinate coordination workflow process delegate handoff",
        "planning": "plan roadmap prioritize prioritise milestone backlog sprint schedule estimate",
        "analytics": "analytic metric kpi report dashboard tracking measure attribution funnel",
        "data": "dataset database sql etl export import csv spreadsheet query warehouse",
        "content": "article blog post copy landing editorial newsletter page text",
        "writing": "write draft rewrite copywriting edit proofread headline",
        "development": "develop code coding implement bug fix refactor feature backend frontend script build",
        "apis": "api endpoint rest graphql webhook integration integrate oauth sdk",
        "infrastructure": "infra server hosting network dns database backup cloud storage sitemap ssl",
        "devops": "ci cd pipeline docker kubernetes deploy monitoring terraform container",
        "research": "research investigate explore compare competitor survey benchmark study",
        "analysis": "analyse analyze analysis audit evaluate assess findings insight",
        "growth": "growth acquisition conversion retention experiment signup referral",
        "marketing": "campaign ads advert seo social promotion brand keyword audience",
        "design": "design mockup wireframe figma logo layout visual illustration prototype",
        "ui/ux": "ui ux usability interface accessibility interaction screen",
        "qa": "qa quality regression verify acceptance reproduce",
        "testing": "test tests e2e unit coverage flaky",
        "documentation": "document docs documentation readme guide manual changelog howto",
        "deployment": "deploy deployment rollout rollback production staging",
        "release": "release version ship launch tag hotfix",
        "communication": "announce announcement email meeting stakeholder reply message",
        "support": "support ticket customer complaint helpdesk question refund",
    }.items()
}
# What a category is mostly about: the seed's six; another category matches by its own name.
_OF_CATEGORY: Final[dict[str, tuple[str, ...]]] = {
    "development": ("development", "apis", "testing"),
    "content": ("content", "writing", "documentation"),
    "revenue": ("growth", "marketing", "analytics"),
    "infrastructure": ("infrastructure", "devops", "deployment"),
    "research": ("research", "analysis"),
    "operations": ("orchestration", "planning", "support"),
}
_LABEL, _TITLE, _CATEGORY, _DESCRIPTION = 4.0, 3.0, 2.0, 1.0
# Each further word of the title that the same skill is about.
_MORE_WORDS: Final = 0.5
# The skill's own name in the title, rather than what is said of it.
_BY_NAME: Final = 1.0
# An expert before those who simply have the skill, and them before one who is learning it.
_OF_LEVEL: Final = {1: (0.6, " (learning)"), 3: (1.4, " (expert)")}
_PER_OPEN, _PER_ACTIVE, _MOST_LOAD = 0.15, 0.35, 2.5
_READ_CHARACTERS: Final = 20_000


def suggestion(task_id: str, work: Work, seats: Sequence[Seat], *, full: str | None = None) -> Suggestion:
    """Every agent weighed, the best first; ties go to the one with less to do, then by the roster's order.

    `full` names the task's column where it holds more than its limit: then nobody is suggested.
    """
    weighed = [(_weigh(work, seat), place) for place, seat in enumerate(seats)]
    weighed.sort(key=lambda pair: (not pair[0].fit, -pair[0].score, pair[0].open_tasks, pair[1]))
    candidates = tuple(candidate for candidate, _ in weighed)
    best = candidates[0] if candidates and candidates[0].fit and full is None else None
    return Suggestion(
        task_id=task_id,
        agent_id=best.agent_id if best else None,
        explanation=_crowded(full) if full else _explained(candidates, best),
        candidates=candidates,
    )


def _weigh(work: Work, seat: Seat) -> Candidate:
    points, reasons = _skill_points(work, seat)
    full = seat.capacity is not None and seat.open_tasks >= seat.capacity
    burden = min(_PER_OPEN * seat.open_tasks + _PER_ACTIVE * seat.in_progress, _MOST_LOAD)
    if not points:
        reasons.append("none of its skills is asked for")
    if full:
        reasons.append(f"has {seat.open_tasks} open tasks and room for {seat.capacity}")
    elif seat.open_tasks:
        doing = f", {seat.in_progress} of them in progress" if seat.in_progress else ""
        reasons.append(f"has {_tasks(seat.open_tasks)} open{doing}")
    else:
        reasons.append("has nothing to do")
    return Candidate(
        agent_id=seat.id,
        name=seat.name,
        emoji=seat.emoji,
        # Load decides between those who can do it, and never makes up for a missing skill.
        score=round(max(points - burden, 0.01), 2) if points else 0.0,
        fit=points > 0 and not full,
        open_tasks=seat.open_tasks,
        in_progress=seat.in_progress,
        capacity=seat.capacity,
        reasons=tuple(reasons),
    )


def _skill_points(work: Work, seat: Seat) -> tuple[float, list[str]]:
    labels = {label: _stems(label) for label in work.labels}
    title, description = _stems(work.title), _stems(work.description[:_READ_CHARACTERS])
    category = (work.category or "").casefold()
    points, reasons, counted = 0.0, [], False
    for skill in seat.skills:
        own = _stems(skill)
        wanted = own | {_stem(word) for word in _WORDS.get(skill.casefold(), ())}
        factor, said = _OF_LEVEL.get(seat.levels.get(skill, 0), (1.0, ""))
        named = f"{skill}{said}"
        label = next((name for name, stems in labels.items() if stems & wanted), None)
        if label is not None:
            points += factor * _LABEL
            reasons.append(f"{named} fits the label {label}")
        if found := title & wanted:
            by_name = _BY_NAME if found & own else 0.0
            points += factor * (_TITLE + _MORE_WORDS * min(len(found) - 1, 3) + by_name)
            reasons.append(f"{named} fits the title ({_quoted(found, work.title)})")
        in_category = skill.casefold() in _OF_CATEGORY.get(category, ()) or _stems(category) & own
        if in_category and not counted:  # once: an agent is not better for being good at all of a category
            counted = True
            points += factor * _CATEGORY
            reasons.append(f"{named} fits the category {work.category}")
        if found := (description & wanted) - title:
            points += factor * _DESCRIPTION
            reasons.append(f"{named} fits the description ({_quoted(found, work.description)})")
    return points, reasons


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in re.findall(r"[^\W_]+", text.casefold()))


def _stem(word: str) -> str:
    """Enough of a word to know it in its usual endings: fixes, fixed and fixing are fix."""
    for ending in ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _quoted(stems: frozenset[str], text: str) -> str:
    words = dict.fromkeys(
        w for w in re.findall(r"[^\W_]+", text[:_READ_CHARACTERS]) if _stem(w.casefold()) in stems
    )
    return ", ".join(list(words)[:3])


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _crowded(column: str) -> str:
    return f"The column {column} holds more than its limit; finish or move something there first."


def _explained(candidates: Sequence[Candidate], best: Candidate | None) -> str:
    if best is not None:
        return f"{best.name}: {'; '.join(best.reasons)}."
    able = [c.name for c in candidates if c.score > 0]
    if able:
        return f"Nobody has room: {', '.join(able[:5])} could do it and have as much as they can take."
    return "No agent's skills fit this task. Add a label or a category that says what it needs."
