"""The figures of a project, with names on them.

Unlike other api modules these take no unit of work: a ledger is read in several, and computed outside all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import TypeVar

from opsroom.board.analytics import rules, store
from opsroom.board.analytics.books import Books
from opsroom.board.analytics.flow import cumulative_flow
from opsroom.board.analytics.ledger import Ledger
from opsroom.board.analytics.shapes import (
    Among,
    Burn,
    CumulativeFlow,
    CycleGroup,
    CycleTimes,
    DoneTasks,
    GroupBy,
    Load,
    SprintPlan,
    Throughput,
    Velocity,
    Workload,
)
from opsroom.board.categories import api as categories
from opsroom.board.errors import NoSuchThing
from opsroom.board.roster import api as roster
from opsroom.board.shapes import Sprint
from opsroom.board.sprints import api as sprints
from opsroom.board.sprints.rules import active_of
from opsroom.board.workflow import api as workflow
from opsroom.identity import api as identity
from opsroom.kernel.actor import Actor
from opsroom.kernel.errors import Invalid, Problem
from opsroom.kernel.room import House
from opsroom.kernel.uow import Tx

T = TypeVar("T")
USUAL_DAYS = 90
MOST_SPRINTS = 200


class Analytics:
    """Asks the books and puts names on what they say."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._books = Books(house)

    async def velocity(self, actor: Actor, *, count: int, among: Among = rules.ANY) -> Velocity:
        """The last `count` sprints that were started, over tasks of some agents and categories."""
        async with workflow.reading(self._house, actor) as tx:
            begun, _ = await sprints.sprints(tx, statuses=("active", "completed"))
        plans = [_plan(sprint) for sprint in begun[-count:]]
        return await self._books.asked(actor, lambda ledger: rules.velocity(ledger, plans, among))

    async def burn(self, actor: Actor, sprint_id: str | None) -> Burn:
        """A sprint day by day; by default the one that is going on. Raises NoSuchThing."""
        async with workflow.reading(self._house, actor) as tx:
            sprint = await _sprint(tx, sprint_id)
        return await self._dated(actor, lambda ledger, today: rules.burn(ledger, _plan(sprint), today))

    async def cycle_times(
        self, actor: Actor, first: date | None, last: date | None, by: GroupBy, among: Among = rules.ANY
    ) -> CycleTimes:
        """How long what was done took. Raises Invalid for days that are no span."""

        def compute(ledger: Ledger, today: date) -> CycleTimes:
            return rules.cycle_times(ledger, *span_of(first, last, today), by, among)

        found = await self._dated(actor, compute)
        names = await self._names(actor, by, [group.key for group in found.groups])
        groups = tuple(_named(group, names) for group in found.groups)
        return found.model_copy(update={"groups": groups})

    async def done_tasks(
        self, actor: Actor, first: date | None, last: date | None, among: Among = rules.ANY
    ) -> DoneTasks:
        """What was done one by one, by name. Raises Invalid for days that are no span."""

        def compute(ledger: Ledger, today: date) -> DoneTasks:
            return rules.done_tasks(ledger, *span_of(first, last, today), among)

        found = await self._dated(actor, compute)
        async with workflow.reading(self._house, actor) as tx:
            refs = await store.refs(tx, [each.id for each in found.tasks])
        named = tuple(each.model_copy(update={"task": refs.get(each.id)}) for each in found.tasks)
        return found.model_copy(update={"tasks": named})

    async def throughput(
        self, actor: Actor, first: date | None, last: date | None, among: Among = rules.ANY
    ) -> Throughput:
        """What was done week by week. Raises Invalid for days that are no span."""

        def compute(ledger: Ledger, today: date) -> Throughput:
            return rules.throughput(ledger, *span_of(first, last, today), among)

        return await self._dated(actor, compute)

    async def cumulative_flow(
        self, actor: Actor, first: date | None, last: date | None, among: Among = rules.ANY
    ) -> CumulativeFlow:
        """How many tasks stood where on each day. Raises Invalid for days that are no span."""
        async with workflow.reading(self._house, actor) as tx:
            columns = {column.key: column.name for column in await workflow.columns(tx)}

        def compute(ledger: Ledger, today: date) -> CumulativeFlow:
            return cumulative_flow(ledger, *span_of(first, last, today), columns, among)

        return await self._dated(actor, compute)

    async def workload(
        self, actor: Actor, first: date | None, last: date | None, among: Among = rules.ANY
    ) -> Workload:
        """Who has what open, and did what. Raises Invalid for days that are no span."""

        def compute(ledger: Ledger, today: date) -> Workload:
            return rules.workload(ledger, *span_of(first, last, today), among)

        found = await self._dated(actor, compute)
        agents = await self._names(actor, "agent", [load.key for load in found.agents])
        people = await self._names(actor, "person", [load.key for load in found.people])
        return found.model_copy(
            update={
                "agents": tuple(_named(load, agents) for load in found.agents),
                "people": tuple(_named(load, people) for load in found.people),
            }
        )

    async def _dated(self, actor: Actor, compute: Callable[[Ledger, date], T]) -> T:
        now = self._house.database.now()
        return await self._books.asked(
            actor, lambda ledger: compute(ledger, now.astimezone(ledger.zone).date())
        )

    async def _names(self, actor: Actor, by: GroupBy, keys: Iterable[str | None]) -> Mapping[str, str]:
        wanted = [key for key in keys if key is not None]
        if not wanted or by == "none":
            return {}
        async with workflow.reading(self._house, actor) as tx:
            if by == "category":
                return {category.id: category.name for category in await categories.categories(tx)}
            if by == "agent":
                return {agent.id: agent.name for agent in (await roster.agents_by_id(tx)).values()}
            return await identity.names_of(tx, wanted)


Named = TypeVar("Named", CycleGroup, Load)


def _named(row: Named, names: Mapping[str, str]) -> Named:
    """The row with its name; what is gone is shown by its key."""
    return row if row.key is None else row.model_copy(update={"name": names.get(row.key, row.key)})


def span_of(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The days asked for: up to today, and three months, when not said. Raises Invalid."""
    last = last or max(today, first or today)
    first = first or last - timedelta(days=min(USUAL_DAYS - 1, last.toordinal() - 1))
    if first > last:
        raise Invalid(
            "This is no span of days.", problems=(Problem("query.to", f"{last} lies before {first}"),)
        )
    if (last - first).days > rules.LONGEST_SPAN_DAYS:
        message = f"is more than {rules.LONGEST_SPAN_DAYS} days after {first}; ask for less at a time"
        raise Invalid("This span of days is too long.", problems=(Problem("query.to", message),))
    return first, last


async def _sprint(tx: Tx, sprint_id: str | None) -> Sprint:
    if sprint_id is not None:
        return await sprints.get_sprint(tx, sprint_id)
    going = active_of((await sprints.sprints(tx, statuses=("active",)))[0])
    if going is None:
        raise NoSuchThing("No sprint is going on; name one with sprint=<id>.")
    return going


def _plan(sprint: Sprint) -> SprintPlan:
    return SprintPlan(
        id=sprint.id,
        name=sprint.name,
        start_date=sprint.start_date,
        end_date=sprint.end_date,
        status=sprint.status,
        completed_at=sprint.completed_at,
    )
