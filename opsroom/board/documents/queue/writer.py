"""The workflow that carries writes into a repository: in their order, each exactly once.

Each write is intent (commit), call, confirmation (commit); a call that may have happened is looked for in
the repository before it is made again. A repository that is away ends the workflow and orders the next one
for later, so waiting costs nothing and survives everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from opsroom.artifacts.api import ArtifactStore
from opsroom.artifacts.errors import BlobMissing
from opsroom.board.documents import rules, store
from opsroom.board.documents.ports import Change, Committed, Moved, Order
from opsroom.board.documents.queue import api, look
from opsroom.board.documents.queue import store as queue_store
from opsroom.board.documents.registry import Repositories
from opsroom.board.documents.settings import DocumentsSettings
from opsroom.kernel.actor import Actor, Scope, system_actor
from opsroom.kernel.db import Row
from opsroom.kernel.errors import AdapterError, Fault, Limited, NotFound, OpsroomError, Refusal
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx

log = structlog.get_logger("opsroom.documents")

_BATCH = 25
_TRIES = 5
_TIDY_EVERY = timedelta(hours=1)
# A workflow that has shown no life for this long after its time is started anew.
_LOST_AFTER = timedelta(seconds=120)


@dataclass(frozen=True, slots=True)
class _Turn:
    """A write whose turn it is, with what the repository is known to hold at its paths."""

    write: Row
    files: Sequence[Row]
    before: dict[str, str | None]
    head: str | None


class Writer:
    """Writes what waits, and looks for what others wrote."""

    def __init__(self, house: House, repositories: Repositories, settings: DocumentsSettings) -> None:
        self._units = house.unit_of_work
        self._durable = house.durable
        self._database = house.database
        self._blobs = house.need(ArtifactStore)
        self._repositories = repositories
        self._settings = settings
        self._last_tidied: dict[str, datetime] = {}
        self._looker = look.Looker(house.unit_of_work, settings.max_text_bytes)

    def register(self) -> None:
        """Tell the durable engine of the workflow."""
        self._durable.workflow(api.WORKFLOW, self._run, on_fault=self._on_fault)

    async def _run(self, scope: Json, drain: str) -> str:
        for _ in range(_BATCH):
            said = await self._durable.step("write", self.write_next, scope, drain)
            if said != "written":
                return said
        return await self._durable.step("hand_over", self._hand_over, scope, drain)

    async def _hand_over(self, scope: Json, drain: str) -> str:
        """A workflow does not grow without end: the next one goes on."""
        async with self._units(_actor(scope)) as tx:
            if await _is_mine(tx, drain):
                await api.start(tx)
        return "handed over"

    async def _on_fault(self, args: Sequence[object], message: str) -> None:
        scope, drain = args
        if isinstance(scope, dict):
            await self._put_off(_actor(scope), str(drain), message, None)

    async def write_next(self, scope: Json, drain: str) -> str:
        """Write the oldest waiting save: written, done, later, or not our turn any more."""
        actor = _actor(scope)
        try:
            for _ in range(_TRIES):
                turn = await self._take(actor, drain)
                if isinstance(turn, str):
                    return turn
                if await self._tried(actor, drain, turn):
                    return "written"
                await self._looker.look(actor, *self._repositories.of(actor.scope.project_id))
        except (AdapterError, Limited, Fault, NotFound) as error:
            return await self._put_off(actor, drain, str(error), _asked_wait(error))
        return await self._put_off(actor, drain, "The repository moves faster than we can write.", None)

    async def _tried(self, actor: Actor, drain: str, turn: _Turn) -> bool:
        """Write, or give up what can never be written; False when the repository moved first."""
        try:
            await self._write(actor, drain, turn)
        except Moved:
            return False
        except (Limited, NotFound):
            raise
        except (Refusal, BlobMissing) as error:
            await self._give_up(actor, drain, turn.write["id"], str(error))
        return True

    async def _take(self, actor: Actor, drain: str) -> _Turn | str:
        async with self._units(actor) as tx:
            repository = await queue_store.repository(tx, lock=True)
            if repository is None or repository["drain_id"] != drain:
                return "not ours any more"
            write = await queue_store.next_write(tx)
            if write is None:
                await queue_store.change_repository(tx, drain_id=None, drain_at=None)
                if (
                    self._last_tidied.get(actor.scope.project_id, tx.now - _TIDY_EVERY)
                    <= tx.now - _TIDY_EVERY
                ):
                    self._last_tidied[actor.scope.project_id] = tx.now
                    await store.forget_texts(tx, tx.now - timedelta(days=self._settings.keep_texts_days))
                return "done"
            files = await queue_store.files_of_write(tx, write["id"])
            before: dict[str, str | None] = {}
            for file in files:
                known = await store.file_at(tx, file["path"])
                before[file["path"]] = known["repo_blob"] if known else None
            await queue_store.change_write(tx, write["id"], attempts=write["attempts"] + 1)
            await queue_store.change_repository(tx, drain_at=tx.now)
        return _Turn(write, files, before, repository["head"])

    async def _write(self, actor: Actor, drain: str, turn: _Turn) -> None:
        repository, place = self._repositories.of(actor.scope.project_id)
        write = turn.write
        order = Order(
            write_id=write["id"],
            message=write["message"],
            author_name=write["author_name"],
            author_email=write["author_email"],
            made_at=write["made_at"],
            head=turn.head,
            changes=[await self._change(file, turn.before[file["path"]]) for file in turn.files],
            repeated=write["attempts"] > 0,
        )
        failpoint("documents.before_call")
        done = await repository.commit(place, order)
        failpoint("documents.after_call")
        await self._confirm(actor, drain, turn, done)

    async def _change(self, file: Row, before: str | None) -> Change:
        if file["blob"] is None:
            return Change(file["path"], None, before)
        if file["sha256"] is None:
            if file["text"] is None:
                raise Fault(f"the text of {file['path']} that waits to be written is not kept any more")
            return Change(file["path"], file["text"].encode(), before)
        size = await self._blobs.size(file["sha256"])
        return Change(file["path"], await self._blobs.read(file["sha256"], size), before)

    async def _confirm(self, actor: Actor, drain: str, turn: _Turn, done: Committed) -> None:
        async with self._units(actor) as tx:
            repository = await queue_store.repository(tx, lock=True)
            write = await queue_store.write_by_id(tx, turn.write["id"])
            if repository is None or write is None or write["status"] != "pending":
                return
            for file in turn.files:
                await store.change_file(tx, file["path"], repo_blob=file["blob"], commit_id=done.commit)
            await queue_store.settle_files(tx, write["id"], "committed")
            await queue_store.change_write(
                tx, write["id"], status="committed", commit_id=done.commit, committed_at=tx.now, error=None
            )
            # With a commit in between that we do not know, the next look compares everything.
            head = done.commit if done.parent == repository["head"] else None
            await queue_store.change_repository(
                tx, head=head, failures=0, failing_since=None, last_error=None, drain_at=tx.now
            )
            tx.wake(f"documents:{actor.scope.project_id}")

    async def _give_up(self, actor: Actor, drain: str, write_id: str, reason: str) -> None:
        """The repository will never take this write: keep it aside with the reason, go on with the next."""
        log.error("documents.write_refused", write_id=write_id, reason=reason)
        async with self._units(actor) as tx:
            if await _is_mine(tx, drain):
                await queue_store.settle_files(tx, write_id, "failed")
                await queue_store.change_write(tx, write_id, status="failed", error=reason[:2000])

    async def _put_off(self, actor: Actor, drain: str, reason: str, wait_s: float | None) -> str:
        async with self._units(actor) as tx:
            repository = await queue_store.repository(tx, lock=True)
            if repository is None or repository["drain_id"] != drain:
                return "not ours any more"
            failures = repository["failures"] + 1
            own = rules.backoff_s(failures, self._settings.first_wait_s, self._settings.longest_wait_s)
            await api.start(tx, delay_s=max(own, wait_s or 0.0))
            await queue_store.change_repository(
                tx,
                failures=failures,
                failing_since=repository["failing_since"] or tx.now,
                last_error=reason[:2000],
            )
        log.warning("documents.put_off", project=actor.scope.project_id, failures=failures, reason=reason)
        return "later"

    # -- now and then ------------------------------------------------------------------------

    async def look_around(self) -> None:
        """In every project: take in what others committed, and start anew what was left lying."""
        async with self._units.reading(system_actor(_NOWHERE)) as tx:
            rows = await queue_store.everywhere(tx)
        for scope, row in rows:
            actor = system_actor(scope)
            if row["drain_id"] is not None:
                await self._rescue(actor)
                continue
            try:
                await self._looker.look(actor, *self._repositories.of(scope.project_id))
            except OpsroomError as error:
                log.warning("documents.look_failed", project=scope.project_id, reason=str(error))

    async def _rescue(self, actor: Actor) -> None:
        async with self._units(actor) as tx:
            row = await queue_store.repository(tx, lock=True)
            if row and row["drain_id"] and row["drain_at"] and row["drain_at"] < tx.now - _LOST_AFTER:
                log.warning("documents.started_anew", project=actor.scope.project_id)
                await api.start(tx)

    async def check(self) -> str:
        """For `doctor` and /health: whether writes get through. Raises AdapterError with the reason."""
        async with self._units.reading(system_actor(_NOWHERE)) as tx:
            rows = await queue_store.everywhere(tx)
        stuck = [row for _, row in rows if row["failing_since"] is not None]
        if stuck:
            row = stuck[0]
            raise AdapterError(
                f"Documents of {len(stuck)} projects wait for their repository since "
                f"{row['failing_since']:%Y-%m-%d %H:%M} UTC; nothing is lost. {row['last_error']}",
                adapter="documents",
                permanent=False,
            )
        repository, place = self._repositories.of(rows[0][0].project_id if rows else "none")
        return await repository.check(place)


_NOWHERE = Scope(organization_id="-", instance_id="-", project_id="-")


def _actor(scope: Json) -> Actor:
    return system_actor(Scope.model_validate(scope))


async def _is_mine(tx: Tx, drain: str) -> bool:
    repository = await queue_store.repository(tx, lock=True)
    return repository is not None and repository["drain_id"] == drain


def _asked_wait(error: OpsroomError) -> float | None:
    return error.retry_after_s if isinstance(error, AdapterError | Limited) else None
