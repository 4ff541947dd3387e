"""Drafts become tasks, some at a time: each batch one commit with the note of what became of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from opsroom.board.events import TaskCreated
from opsroom.board.exchange import store
from opsroom.board.exchange.drafts import Draft, DraftComment, Misfit
from opsroom.board.exchange.planning import SOURCE_NAMES, Planned, Planner
from opsroom.board.exchange.shapes import Mapping, Outcome
from opsroom.board.shapes import TaskChange
from opsroom.board.tasks import api as tasks
from opsroom.board.tasks.listing import store as texts
from opsroom.board.tasks.order import store as order_rows
from opsroom.board.tasks.ranks import LONGEST, between
from opsroom.board.tasks.rules import plain
from opsroom.kernel.db import Row
from opsroom.kernel.errors import Refusal
from opsroom.kernel.ids import new_id
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx

_LONGEST_SEARCHED: Final = 100_000
_TOLD: Final = (
    "priority", "assigned_agent_id", "accountable_id", "category_id", "sprint_id", "parent_id", "start_date",
    "due_date", "estimate", "labels", "client_id", "client_visible",
)  # fmt: skip


@dataclass(slots=True)
class Batch:
    """What a batch did, for the import's books."""

    outcomes: list[tuple[int, Outcome, str | None]] = field(default_factory=list)
    misfits: list[Misfit] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        return sum(one[1] == outcome for one in self.outcomes)


@dataclass(slots=True)
class _Rows:
    """Rows of new tasks, to be inserted together."""

    tasks: list[Json] = field(default_factory=list)
    texts: list[Json] = field(default_factory=list)
    labels: list[Json] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)
    links: list[Json] = field(default_factory=list)


class Landing:
    """Lands batches of one import."""

    def __init__(self, order: Row, mapping: Mapping, planner: Planner) -> None:
        self._order = order
        self._source: str = order["source"]
        self._mapping = mapping
        self._planner = planner

    async def land(self, tx: Tx, items: Sequence[Row]) -> Batch:
        """Make tasks of these items, or bring those up to date that came before."""
        drafts = [Draft.model_validate(item["draft"]) for item in items]
        wanted = [draft.source_id for draft in drafts] + [draft.parent for draft in drafts if draft.parent]
        known = await store.links(tx, self._source, list(dict.fromkeys(wanted)))
        batch = Batch()
        fresh: list[tuple[int, Planned]] = []
        for item, draft in zip(items, drafts, strict=True):
            link = known.get(draft.source_id)
            planned = self._planner.plan(draft)
            if link is None:
                fresh.append((item["position"], planned))
                batch.misfits += planned.misfits
            else:
                outcome = await self._again(tx, planned, link, known, batch)
                batch.outcomes.append((item["position"], outcome, link["task_id"]))
        await self._create(tx, fresh, known, batch)
        return batch

    # ---- new ones

    async def _create(
        self, tx: Tx, fresh: list[tuple[int, Planned]], known: dict[str, Row], batch: Batch
    ) -> None:
        if not fresh:
            return
        ids = {
            source_id: str(link["task_id"]) for source_id, link in known.items() if link["deleted_at"] is None
        }
        number = await store.take_numbers(tx, len(fresh))
        ranks = _Ranks(tx)
        rows = _Rows()
        for place, planned in fresh:
            draft, task_id = planned.draft, new_id("task")
            ids[draft.source_id] = task_id
            parent = ids.get(draft.parent or "")
            if draft.parent and parent is None:
                message = "was deleted here since; the task stands by itself"
                batch.misfits.append(_misfit(draft, "parent", draft.parent, message))
            own = {
                "id": task_id,
                "number": number,
                "parent_id": parent,
                "rank": await ranks.next(planned.column.key),
            }
            self._put_rows(tx, planned, own, rows)
            batch.outcomes.append((place, "created", task_id))
            number += 1
        await store.add_tasks(tx, rows.tasks)
        await store.add_texts(tx, rows.texts)
        await store.add_labels(tx, rows.labels)
        await store.add_comments(tx, rows.comments)
        await store.put_links(tx, rows.links)

    def _put_rows(self, tx: Tx, planned: Planned, own: Json, rows: _Rows) -> None:
        draft, values = planned.draft, planned.values
        row: Json = {
            **dict.fromkeys(("client_id", "brand", "subscription")),
            **{name: plain(value) for name, value in values.items()},
            **own,
            "labels": planned.labels,
            "custom": planned.custom,
            "comment_count": len(draft.comments),
            "created_by": tx.actor.id,
            "created_by_name": self._named(draft.author) if draft.author else tx.actor.name,
            **_times(planned, tx.now),
        }
        rows.tasks.append(row)
        task_id = str(own["id"])
        for label in planned.labels:
            rows.labels.append({"task_id": task_id, "label": label})
        said = self._comment_rows(planned.draft, task_id, tx.now)
        rows.comments += said
        spoken = "\n".join(str(one["content"]) for one in said)[:_LONGEST_SEARCHED]
        found = {
            "task_id": task_id,
            "title": row["title"],
            "description": row["description"],
            "comments": spoken,
        }
        rows.texts.append(found)
        rows.links.append(self._link(draft.source_id, task_id, planned.fingerprint()))
        rows.links += [self._link(f"comment:{one.source_id}", task_id, "") for one in _once(draft)]
        tx.record(
            TaskCreated(title=str(row["title"]), status=planned.column.key, task=self._told(row, planned)),
            subject=task_id,
        )

    def _told(self, row: Json, planned: Planned) -> Json:
        """What the event says: as of any new task, and where and when it really began."""
        facts = {name: row[name] for name in _TOLD if row.get(name) not in (None, [], False)}
        times = {
            name: plain(row[name])
            for name in ("created_at", "started_at", "completed_at", "archived_at")
            if row.get(name) is not None
        }
        return {**facts, **times, "kind": planned.column.kind, "imported": self._source}

    def _comment_rows(self, draft: Draft, task_id: str, now: datetime) -> list[Json]:
        made: list[Json] = []
        for said in _once(draft):
            choice = self._mapping.people.get(said.person or "")
            made.append(
                {
                    "id": new_id("comment"),
                    "task_id": task_id,
                    "author_id": (
                        choice.person_id if choice and choice.person_id else f"import_{self._source}"
                    ),
                    "author_name": self._named(said.author),
                    "author_kind": "person" if choice and choice.person_id else "app",
                    "agent_id": choice.agent_id if choice else None,
                    "content": said.text[:_LONGEST_SEARCHED],
                    "mentions": [],
                    "created_at": min(said.at or now, now),
                }
            )
        return made

    def _named(self, author: str) -> str:
        """A name of the source, told apart from those of this house."""
        return f"{author[:150]} ({SOURCE_NAMES[self._source]})" if self._source != "opsroom" else author[:200]

    def _link(self, source_id: str, task_id: str, fingerprint: str) -> Json:
        known = {"source": self._source, "source_id": source_id[:200], "task_id": task_id}
        return {
            **known,
            "import_id": self._order["id"],
            "made_by": self._order["id"],
            "fingerprint": fingerprint,
        }

    # ---- those that came before

    async def _again(
        self, tx: Tx, planned: Planned, link: Row, known: dict[str, Row], batch: Batch
    ) -> Outcome:
        draft, task_id, fingerprint = planned.draft, str(link["task_id"]), planned.fingerprint()
        if self._order["on_repeat"] == "skip" or link["fingerprint"] == fingerprint:
            return "skipped"
        if link["deleted_at"] is not None:
            batch.misfits.append(_misfit(draft, "task", draft.title, "was deleted here since; left deleted"))
            return "skipped"
        batch.misfits += planned.misfits
        parent = known.get(draft.parent or "")
        fits = await self._update(tx, planned, task_id, parent["task_id"] if parent else None, link, batch)
        await self._add_comments(tx, draft, task_id)
        await store.relink(tx, self._source, draft.source_id, fingerprint if fits else "", self._order["id"])
        return "updated" if fits else "failed"

    async def _update(
        self, tx: Tx, planned: Planned, task_id: str, parent: str | None, link: Row, batch: Batch
    ) -> bool:
        values = {
            name: value for name, value in planned.values.items() if name not in ("status", "blocked_reason")
        }
        values |= {"labels": tuple(planned.labels), "custom": planned.custom, "parent_id": parent}
        steps = [TaskChange.model_validate(values)]
        if planned.column.key != link["status"]:
            reason = planned.values["blocked_reason"]
            steps.append(TaskChange.model_validate({"status": planned.column.key, "blocked_reason": reason}))
        fits = True
        for step in steps:
            try:
                await tasks.change_task(tx, task_id, step)
            except Refusal as refusal:
                fits = False
                said = "; ".join(f"{p.path} {p.message}" for p in refusal.problems) or refusal.message
                batch.misfits.append(
                    _misfit(planned.draft, "task", planned.draft.title, f"was not updated: {said}")
                )
        if planned.draft.archived and link["archived_at"] is None:
            await tasks.archive_task(tx, task_id)
        return fits

    async def _add_comments(self, tx: Tx, draft: Draft, task_id: str) -> None:
        named = [f"comment:{one.source_id}"[:200] for one in draft.comments]
        there = await store.links(tx, self._source, named)
        new = [one for one in draft.comments if f"comment:{one.source_id}"[:200] not in there]
        if not new:
            return
        said = draft.model_copy(update={"comments": tuple(new)})
        rows = self._comment_rows(said, task_id, tx.now)
        await store.add_comments(tx, rows)
        await store.put_links(
            tx, [self._link(f"comment:{one.source_id}", task_id, "") for one in _once(said)]
        )
        await store.count_comments(tx, task_id, len(rows))
        await texts.refresh_comments(tx, task_id)

    # ---- who waits for whom, when all are there

    async def connect(self, tx: Tx, items: Sequence[Row]) -> list[Misfit]:
        """Let tasks wait for those they waited for in the source, as far as the board allows it."""
        drafts = [(item, Draft.model_validate(item["draft"])) for item in items]
        wanted = [other for _, draft in drafts for other in draft.depends_on]
        known = await store.links(tx, self._source, list(dict.fromkeys(wanted)))
        misfits: list[Misfit] = []
        for item, draft in drafts:
            others = [
                str(known[o]["task_id"])
                for o in draft.depends_on
                if o in known and not known[o]["deleted_at"]
            ]
            if not others or item["task_id"] is None or item["outcome"] not in ("created", "updated"):
                continue
            there = await store.waits_of(tx, item["task_id"])
            whole = tuple(dict.fromkeys([*there, *others]))[:100]
            try:
                await tasks.change_task(tx, item["task_id"], TaskChange(depends_on=whole))
            except Refusal as refusal:
                said = "; ".join(p.message for p in refusal.problems) or refusal.message
                misfits.append(_misfit(draft, "depends_on", ", ".join(draft.depends_on), said))
        return misfits


class _Ranks:
    """Places at the bottom of columns, one below the other."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._last: dict[str, str | None] = {}

    async def next(self, status: str) -> str:
        if status not in self._last:
            await order_rows.lock_column(self._tx, status)
            self._last[status] = await store.last_rank(self._tx, status)
        made = between(self._last[status], None)
        if len(made) > LONGEST:
            await order_rows.renumber(self._tx, status)
            made = between(await store.last_rank(self._tx, status), None)
        self._last[status] = made
        return made


def _misfit(draft: Draft, where: str, value: object, message: str) -> Misfit:
    shown = " ".join(str(value).split())[:120]
    return Misfit(
        place=draft.place[:200],
        source_id=draft.source_id[:200],
        field=where,
        value=shown,
        message=message[:1000],
    )


def _once(draft: Draft) -> list[DraftComment]:
    """Its comments, each once."""
    return list({one.source_id: one for one in draft.comments}.values())


def _times(planned: Planned, now: datetime) -> Json:
    """When it was made, begun and done at the source; what the source does not say is now."""
    draft, kind = planned.draft, planned.column.kind
    made = min(draft.created_at or now, now)
    started = draft.started_at or (made if kind not in ("todo", "done") else None)
    done = min(draft.completed_at or now, now) if kind == "done" else None
    if started is not None and done is not None:
        started = min(started, done)
    return {
        "created_at": made,
        "updated_at": now,
        "moved_at": done or now,
        "started_at": min(started, now) if started else None,
        "completed_at": done,
        "archived_at": now if draft.archived else None,
    }
