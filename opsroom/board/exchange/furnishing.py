"""What an import needs and the board has not: columns, custom fields, sprints. Made once."""

from __future__ import annotations

from collections.abc import Mapping as Map

from opsroom.board.exchange.drafts import Found, Misfit
from opsroom.board.exchange.shapes import ColumnChoice, FieldChoice, Mapping, SprintChoice
from opsroom.board.fields import api as fields
from opsroom.board.fields.shapes import NewField
from opsroom.board.sprints import api as sprints
from opsroom.board.sprints.shapes import NewSprint
from opsroom.board.workflow import api as workflow
from opsroom.board.workflow import columns
from opsroom.board.workflow.shapes import NewColumn
from opsroom.kernel.errors import OpsroomError, Refusal
from opsroom.kernel.uow import Tx


async def make_furniture(tx: Tx, found: Found, mapping: Mapping) -> tuple[Mapping, list[Misfit]]:
    """Make what the mapping says to create; the mapping with the sprints made, and what was refused."""
    misfits: list[Misfit] = []
    await _make_columns(tx, mapping.columns, misfits)
    await _make_fields(tx, mapping.fields, misfits)
    made = await _make_sprints(tx, found, mapping, misfits)
    planned = {key: SprintChoice(sprint_id=sprint_id) for key, sprint_id in made.items()}
    return mapping.model_copy(update={"sprints": {**mapping.sprints, **planned}}), misfits


async def _make_columns(tx: Tx, choices: Map[str, ColumnChoice], misfits: list[Misfit]) -> None:
    there = {column.key for column in await workflow.columns(tx)}
    for name, choice in choices.items():
        if not choice.create or choice.key in there:
            continue
        there.add(choice.key)
        new = NewColumn(key=choice.key, name=choice.name or choice.key, kind=choice.kind or "active")
        try:
            await columns.add_column(tx, new)
        except Refusal as refusal:
            misfits.append(_refused("column", name, refusal))


async def _make_fields(tx: Tx, choices: Map[str, FieldChoice], misfits: list[Misfit]) -> None:
    there = {field.key for field in await fields.fields(tx)}
    for name, choice in choices.items():
        if not choice.create or choice.key is None or choice.key in there:
            continue
        there.add(choice.key)
        new = NewField(
            key=choice.key, name=choice.name or choice.key, kind=choice.kind or "text", options=choice.options
        )
        try:
            await fields.define_field(tx, new)
        except Refusal as refusal:
            misfits.append(_refused("custom field", name, refusal))


async def _make_sprints(tx: Tx, found: Found, mapping: Mapping, misfits: list[Misfit]) -> dict[str, str]:
    by_name = {sprint.name: sprint.id for sprint in (await sprints.sprints(tx))[0]}
    made: dict[str, str] = {}
    for key, choice in mapping.sprints.items():
        one = found.sprints.get(key)
        if not choice.create or choice.sprint_id is not None or one is None:
            continue
        name = " ".join(one.name.split())[:120] or key[:120]
        if name in by_name:
            made[key] = by_name[name]
            continue
        if one.start is None or one.end is None:
            misfits.append(_of_sprint(key, "has no days, so no sprint can be planned for it"))
            continue
        try:
            planned = await sprints.plan_sprint(
                tx, NewSprint(name=name, start_date=one.start, end_date=one.end)
            )
        except Refusal as refusal:
            misfits.append(_refused("sprint", key, refusal))
        else:
            made[key] = by_name[name] = planned.id
    return made


def _refused(noun: str, name: str, error: OpsroomError) -> Misfit:
    said = "; ".join(problem.message for problem in error.problems) or error.message
    return Misfit(
        place="board", source_id=None, field=noun, value=name[:120], message=f"was not made: {said}"[:1000]
    )


def _of_sprint(key: str, message: str) -> Misfit:
    return Misfit(place="board", source_id=None, field="sprint", value=key[:120], message=message)
