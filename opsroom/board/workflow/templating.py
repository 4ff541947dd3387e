"""Going over to another template: other columns, and every card in one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opsroom.board.errors import StaleThing
from opsroom.board.events import BoardArranged
from opsroom.board.shapes import BoardSettings, Column
from opsroom.board.workflow import api, store
from opsroom.board.workflow.furnishing import column_rows
from opsroom.board.workflow.relocating import relocate
from opsroom.board.workflow.rules import mapped, mapping_problems
from opsroom.board.workflow.shapes import Relocation, TemplateSwitch, TemplateSwitched
from opsroom.board.workflow.templates import PLANS, Plan
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx


async def preview_template(tx: Tx, switch: TemplateSwitch) -> TemplateSwitched:
    """What going over to a template would do. Nothing is changed. Raises Invalid, StaleThing."""
    settings = await api.settings(tx)
    plan, ways, columns = await _plan(tx, switch, settings)
    return _told(plan, ways, columns, settings, await store.card_counts(tx), dry_run=True)


async def switch_template(tx: Tx, switch: TemplateSwitch) -> TemplateSwitched:
    """Go over to a template: its columns replace those that stand, and every card goes to one of them.

    A column that keeps its key keeps its limit. Raises Invalid, StaleThing.
    """
    settings = await api.settings(tx, lock=True)
    plan, ways, columns = await _plan(tx, switch, settings)
    counts = await store.card_counts(tx)
    before = await store.columns(tx)
    await replace_workflow(tx, before, Workflow(plan.key, columns, dict(plan.transitions)), ways)
    return _told(plan, ways, await store.columns(tx), await api.settings(tx), counts, dry_run=False)


@dataclass(frozen=True, slots=True)
class Workflow:
    """All of a board's workflow: the template it began with, its columns, and the ways between them."""

    template: str
    columns: Sequence[Column]
    transitions: Mapping[str, Sequence[str]]


async def replace_workflow(
    tx: Tx, before: Sequence[Column], wanted: Workflow, ways: Mapping[str, str]
) -> None:
    """Put other columns in the place of those `before`; `ways` says where each one's cards go, by key.

    The event holds both workflows whole: so it can be undone. The settings must be locked.
    """
    settings = await api.settings(tx)
    by_key = {column.key: column for column in wanted.columns}
    kept = by_key.keys() & {column.key for column in before}
    rows = rows_of(wanted.columns)
    await store.add_columns(tx, [row for row in rows if row["key"] not in kept])
    await relocate(tx, {source: by_key[target] for source, target in ways.items()}, before)
    for row in rows:
        if row["key"] in kept:
            await store.change_column(tx, str(row["key"]), {k: v for k, v in row.items() if k != "key"})
    for column in before:
        if column.key not in by_key:
            await store.delete_column(tx, column.key)
    transitions = {key: list(targets) for key, targets in wanted.transitions.items()}
    await store.change_settings(tx, {"template": wanted.template, "transitions": transitions})
    former = {key: list(targets) for key, targets in settings.transitions.items()}
    changes: Json = {
        "template": [settings.template, wanted.template],
        "columns": [rows_of(before), rows],
        "transitions": [former, transitions],
        "mapping": dict(ways),
    }
    plan = PLANS.get(wanted.template)
    name = plan.name if plan is not None else wanted.template
    event = BoardArranged(noun="template", name=name, what="changed", changes=changes)
    tx.record(event, subject=tx.actor.scope.project_id)


def rows_of(columns: Sequence[Column]) -> list[Json]:
    """Columns as an event keeps them: all but their version."""
    return [column.model_dump(mode="json", exclude={"version"}) for column in columns]


async def _plan(
    tx: Tx, switch: TemplateSwitch, settings: BoardSettings
) -> tuple[Plan, dict[str, str], list[Column]]:
    """The template, where the cards of each column go, and the columns as they will be."""
    if switch.version is not None and switch.version != settings.version:
        raise StaleThing(
            "The board's settings were changed meanwhile; look at the preview again.",
            theirs={"version": settings.version, "template": settings.template},
            yours={"version": switch.version, "template": switch.template},
        )
    plan = PLANS.get(switch.template)
    if plan is None:
        problem = Problem("template", f"is not one of {', '.join(PLANS)}")
        raise Invalid("There is no such template.", problems=(problem,))
    before = await store.columns(tx)
    old, new = [column.key for column in before], [column.key for column in plan.columns]
    if problems := mapping_problems(switch.mapping, old, new):
        raise Invalid("The cards cannot be mapped like this.", problems=problems)
    limits = {column.key: column.wip_limit for column in before}
    versions = {column.key: column.version for column in before}
    columns = [
        Column.model_validate(
            row
            | {
                "wip_limit": limits.get(str(row["key"]), row["wip_limit"]),
                "version": versions.get(str(row["key"]), 0) + 1,
            }
        )
        for row in column_rows(plan)
    ]
    return plan, mapped(before, plan.columns, switch.mapping), columns


def _told(
    plan: Plan,
    ways: dict[str, str],
    columns: Sequence[Column],
    settings: BoardSettings,
    counts: dict[str, int],
    *,
    dry_run: bool,
) -> TemplateSwitched:
    becoming = {"template": plan.key, "transitions": dict(plan.transitions)}
    return TemplateSwitched(
        dry_run=dry_run,
        columns=tuple(columns),
        settings=settings.model_copy(update=becoming) if dry_run else settings,
        relocations=tuple(
            Relocation(from_column=source, to_column=target, cards=counts.get(source, 0))
            for source, target in ways.items()
        ),
    )
