"""What a project's rules and templates may name, and what is wrong with those that name something else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from opsroom.board.categories import api as categories
from opsroom.board.fields import api as fields
from opsroom.board.roster import api as roster
from opsroom.board.shapes import ColumnKind, CustomField
from opsroom.board.sprints import store as sprints
from opsroom.board.workflow import api as workflow
from opsroom.identity import api as identity
from opsroom.kernel.errors import Problem
from opsroom.kernel.uow import Tx


@dataclass(frozen=True)
class KnownThings:
    """Ids and keys of the project, read once for a whole check. `people` are persons alone; `fields_ever` are
    the custom fields with the deleted ones, whose values tasks keep."""

    columns: Mapping[str, ColumnKind]
    agents: Collection[str]
    categories: Collection[str]
    sprints: Collection[str]
    members: Collection[str]
    people: Collection[str]
    fields: Collection[str]
    fields_ever: Sequence[CustomField] = ()


async def known_things(tx: Tx) -> KnownThings:
    """Everything of the actor's project that can be named. Retired agents are not among it."""
    members = await identity.members(tx)
    return KnownThings(
        columns={column.key: column.kind for column in await workflow.columns(tx)},
        agents={agent.id for agent in await roster.roster(tx)},
        categories={category.id for category in await categories.categories(tx)},
        sprints={sprint.id for sprint in await sprints.sprints(tx)},
        members={member.id for member in members},
        people={member.id for member in members if member.kind == "person"},
        fields={field.key for field in await fields.fields(tx)},
        fields_ever=await fields.fields_ever(tx),
    )


def problems_of_template(template: Mapping[str, object], known: KnownThings) -> tuple[Problem, ...]:
    """What a task made of this template would name that is not there."""
    places: tuple[tuple[str, Collection[str], str], ...] = (
        ("status", known.columns, "column"),
        ("assigned_agent_id", known.agents, "agent"),
        ("accountable_id", known.members, "member of this project"),
        ("category_id", known.categories, "category"),
        ("sprint_id", known.sprints, "sprint"),
    )
    problems = [
        Problem(f"template.{name}", f"{template[name]} is no {noun}")
        for name, there, noun in places
        if template.get(name) is not None and template[name] not in there
    ]
    watchers, custom = template.get("watchers"), template.get("custom")
    if isinstance(watchers, list | tuple):
        problems += [
            Problem(f"template.watchers.{number}", f"{watcher} is no member of this project")
            for number, watcher in enumerate(watchers)
            if watcher not in known.members
        ]
    if isinstance(custom, dict):
        problems += [
            Problem(f"template.custom.{key}", "is no custom field of this board")
            for key in custom
            if key not in known.fields
        ]
    status = template.get("status")
    if isinstance(status, str) and known.columns.get(status) == "blocked":
        problems.append(
            Problem("template.status", "a task cannot begin in a blocked column without a reason")
        )
    return tuple(problems)
