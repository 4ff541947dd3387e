"""From a finished session to delivered files: collect the outputs, order the delivery, close the run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import structlog

from opsroom.agents import api as agents
from opsroom.artifacts import api as artifacts
from opsroom.artifacts.api import ArtifactStore
from opsroom.artifacts.shapes import Artifact, Blob
from opsroom.delivery import api as delivery
from opsroom.delivery.shapes import AlertOrder, DeliveryOrder, OutputRef, RunSummary
from opsroom.kernel.actor import Scope, system_actor
from opsroom.kernel.db import Row
from opsroom.kernel.errors import AdapterError, OpsroomError, Refusal
from opsroom.kernel.failpoint import failpoint
from opsroom.kernel.room import House
from opsroom.kernel.shape import Json
from opsroom.kernel.uow import Tx
from opsroom.runs import store
from opsroom.runs.changes import change_state, locked_row, note
from opsroom.runs.eventlog import EventLog
from opsroom.runs.ports import Engine, RemoteOutput, SessionOrder
from opsroom.runs.rules import summary_of_json, summary_of_markdown
from opsroom.runs.settings import RunsSettings

log = structlog.get_logger("opsroom.runs")

_SUMMARY_BYTES = 2 * 1024 * 1024
_EXCERPT_CHARS = 3_000


class Handover:
    """What happens to a run between its session's end and its own."""

    def __init__(
        self, house: House, blobs: ArtifactStore, eventlog: EventLog, settings: RunsSettings
    ) -> None:
        self._house = house
        self._log = eventlog
        self._blobs = blobs
        self._settings = settings

    # -- collecting -------------------------------------------------------------------------

    async def fetch(self, scope: Scope, engine: Engine, order: SessionOrder, row: Row) -> str:
        """Keep every output of the session; the state that follows. Repeating it fetches what is missing."""
        run_id, session_id = row["id"], row["session_id"]
        try:
            outputs = await engine.outputs(order, session_id)
            failpoint("run.fetch.listed")
        except OpsroomError as error:
            return await self._no_listing(scope, run_id, error.message)
        lost = [o.name for o in outputs[self._settings.max_outputs :]]
        for output in outputs[: self._settings.max_outputs]:
            if await self._is_cancelled(scope, run_id):
                return "CANCELLING"
            if not await self._keep(scope, engine, run_id, session_id, output):
                lost.append(output.name)
        return await self._conclude_fetch(scope, run_id, lost)

    async def _no_listing(self, scope: Scope, run_id: str, message: str) -> str:
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            row = await locked_row(tx, run_id)
            await change_state(
                tx, row, "ERROR", reason=message, error_kind="outputs_not_listed", error_message=message
            )
        return "ERROR"

    async def _is_cancelled(self, scope: Scope, run_id: str) -> bool:
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            row = await locked_row(tx, run_id)
            if row["cancel_requested_at"] is None:
                return False
            await change_state(tx, row, "CANCELLING", reason=row["cancel_reason"] or "")
            return True

    async def _keep(
        self, scope: Scope, engine: Engine, run_id: str, session_id: str, output: RemoteOutput
    ) -> bool:
        """Download one output unless it is here already; False when it could not be had."""
        async with self._house.unit_of_work.reading(system_actor(scope)) as tx:
            if await store.has_event(tx, run_id, f"opsroom:output:{output.output_id}"):
                return True
        problem = "it was never tried"
        for attempt in range(self._settings.output_tries):
            try:
                source = engine.read_output(session_id, output)
                limit = self._settings.max_output_mb * 1024 * 1024
                blob = await self._blobs.put_stream(source, limit_bytes=limit)
                failpoint("run.fetch.stored")
                break
            except AdapterError as error:
                problem = error.message
                if error.permanent:
                    return await self._note_lost(scope, run_id, output, problem)
                await asyncio.sleep(0.5 * 2**attempt)
            except OpsroomError as error:
                return await self._note_lost(scope, run_id, output, error.message)
        else:
            return await self._note_lost(scope, run_id, output, problem)
        return await self._record(scope, run_id, output, blob)

    async def _record(self, scope: Scope, run_id: str, output: RemoteOutput, blob: Blob) -> bool:
        declared = output.media_type or ""
        media_type = await artifacts.detect_media_type(self._blobs, blob, output.name, declared)
        try:
            async with self._house.unit_of_work(system_actor(scope)) as tx:
                kept = await artifacts.add(
                    tx,
                    run_id,
                    output.name,
                    blob,
                    media_type=media_type,
                    title=output.title or "",
                    limits=self._blobs.settings,
                )
                body: Json = {"name": kept.name, "media_type": kept.media_type, "size": kept.size_bytes}
                await note(tx, run_id, "output", body, key=f"output:{output.output_id}")
            failpoint("run.fetch.recorded")
        except Refusal as refusal:  # the run's own ceiling: this file is lost, those before it are kept
            return await self._note_lost(scope, run_id, output, refusal.message)
        return True

    async def _note_lost(self, scope: Scope, run_id: str, output: RemoteOutput, problem: str) -> bool:
        log.warning("runs.output_lost", run_id=run_id, name=output.name, error=problem)
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            body: Json = {"name": output.name, "error": problem}
            await note(tx, run_id, "output", body, key=f"lost:{output.output_id}")
        return False

    async def _conclude_fetch(self, scope: Scope, run_id: str, lost: Sequence[str]) -> str:
        async with self._house.unit_of_work.reading(system_actor(scope)) as tx:
            row = await store.run_row(tx, run_id)
            kept = await artifacts.list_of(tx, run_id)
        summary = RunSummary.model_validate(row["summary"]) if row and row["summary"] else None
        summary = summary or await self._summary_of(kept)
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            row = await locked_row(tx, run_id)
            if row["status"] != "FETCHING_OUTPUTS":
                return str(row["status"])
            changes: dict[str, object] = {"summary": summary.model_dump() if summary else None}
            if lost:
                names = ", ".join(sorted(lost)[:20])
                changes |= {
                    "error_kind": "outputs_lost",
                    "error_message": f"{len(lost)} output(s) could not be fetched: {names}",
                }
            if kept:
                await store.update_run(tx, run_id, **changes)
                return "DELIVERING"
            if lost:
                await change_state(tx, row, "ERROR", reason="no output could be fetched", **changes)
                return "ERROR"
            await change_state(
                tx,
                row,
                "EMPTY",
                reason="the session succeeded and left no file",
                error_kind="no_output",
                error_message="The session ended well but wrote no output file.",
            )
            return "EMPTY"

    async def _summary_of(self, kept: Sequence[Artifact]) -> RunSummary | None:
        """What the outputs say of themselves: JSON first, then Markdown."""
        for suffix in (".json", ".md"):
            for artifact in kept:
                if artifact.name.endswith(suffix) and artifact.size_bytes <= _SUMMARY_BYTES:
                    text = await self._text(artifact)
                    found = _json_summary(text) if suffix == ".json" else summary_of_markdown(text)
                    if found:
                        return RunSummary.model_validate(found)
        return None

    async def _text(self, artifact: Artifact) -> str:
        return (await self._blobs.read(artifact.sha256, _SUMMARY_BYTES)).decode("utf-8", "replace")

    # -- handing over -----------------------------------------------------------------------

    async def request(self, scope: Scope, run_id: str) -> None:
        """Order the delivery of all that was kept; the run is DELIVERING from this commit on."""
        async with self._house.unit_of_work.reading(system_actor(scope)) as tx:
            kept = await artifacts.list_of(tx, run_id)
        excerpt = await self._excerpt(kept)
        failpoint("run.hand_over.before")
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            row = await locked_row(tx, run_id)
            if row["status"] != "FETCHING_OUTPUTS":
                return
            await delivery.request_delivery(tx, await self._order(tx, row, kept, excerpt))
            await change_state(tx, row, "DELIVERING")
        failpoint("run.hand_over.ordered")

    async def _excerpt(self, kept: Sequence[Artifact]) -> str | None:
        report = next((a for a in kept if a.name.endswith(".md") and a.size_bytes <= _SUMMARY_BYTES), None)
        return (await self._text(report))[:_EXCERPT_CHARS] if report else None

    async def _order(self, tx: Tx, row: Row, kept: Sequence[Artifact], excerpt: str | None) -> DeliveryOrder:
        version = await agents.version(tx, row["agent_name"], row["agent_version"])
        file = version.file
        began = row["started_at"] or tx.now
        return DeliveryOrder(
            run_id=row["id"],
            agent_name=row["agent_name"],
            agent_display_name=row["display_name"],
            agent_version=file.version,
            client_id=row["client_id"],
            client_name=row["client_name"],
            task_id=row["task_id"],
            task_url=self._settings.task_url.replace("{task_id}", row["task_id"]) if row["task_id"] else None,
            channels={
                name: options
                for name, options in file.delivery.model_dump(mode="json", by_alias=True).items()
                if options["enabled"]
            },
            alerts=file.alerts.model_dump(mode="json", by_alias=True),
            outputs=tuple(
                OutputRef(
                    artifact_id=a.id,
                    name=a.name,
                    media_type=a.media_type,
                    size_bytes=a.size_bytes,
                    sha256=a.sha256,
                    title=a.title,
                )
                for a in kept
            ),
            summary=RunSummary.model_validate(row["summary"]) if row["summary"] else None,
            markdown_excerpt=excerpt,
            payload=row["payload"],
            started_at=began,
            duration_s=(tx.now - began).total_seconds(),
            cost_micro_usd=row["cost_micro_usd"],
            run_url=f"{self._house.public_url}/runs/{row['id']}",
            dry_run=row["dry_run"],
            correlation_id=row["correlation_id"],
        )

    # -- closing ----------------------------------------------------------------------------

    async def finish(self, scope: Scope, run_id: str, *, ok: bool, failed: Sequence[str]) -> None:
        """The delivery is over: the run is DONE, or UNDELIVERED with the channels that failed."""
        failpoint("run.finish.before")
        session_id = await self._close_run(scope, run_id, ok=ok, failed=failed)
        failpoint("run.finish.closed")
        if session_id is not None:
            await self._log.catch_up(scope, run_id, session_id)
            self._log.forget(run_id)

    async def _close_run(self, scope: Scope, run_id: str, *, ok: bool, failed: Sequence[str]) -> str | None:
        async with self._house.unit_of_work(system_actor(scope)) as tx:
            row = await locked_row(tx, run_id)
            if row["status"] != "DELIVERING":
                return row["session_id"]
            for one in await delivery.deliveries_of(tx, run_id):
                body: Json = {
                    "channel": one.channel,
                    "status": one.status,
                    "detail": one.error or "",
                    "link": one.link,
                }
                await note(tx, run_id, "delivery", body)
            if ok and row["error_kind"] in (None, "undelivered"):
                await change_state(tx, row, "DONE", error_kind=None, error_message=None)
            else:
                message = str(row["error_message"]) if row["error_kind"] == "outputs_lost" else ""
                if failed:
                    message = " ".join(filter(None, [message, f"Not delivered to {', '.join(failed)}."]))
                kind = row["error_kind"] or "undelivered"
                await change_state(
                    tx, row, "UNDELIVERED", reason=message, error_kind=kind, error_message=message
                )
                if kind == "outputs_lost":
                    await self._tell_of_lost(tx, row, message)
            today = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
            await delivery.check_daily_cost(tx, await store.spent_since(tx, today))
            return row["session_id"]

    async def _tell_of_lost(self, tx: Tx, row: Row, message: str) -> None:
        version = await agents.version(tx, row["agent_name"], row["agent_version"])
        await delivery.raise_alert(
            tx,
            AlertOrder(
                kind="outputs_lost",
                key=f"outputs_lost:{row['id']}",
                title=f"{row['display_name']}: some output files are missing",
                text=f"{message} They may still be in session {row['session_id']}.",
                agent_name=row["agent_name"],
                run_id=row["id"],
                channel=version.file.alerts.on_failure_channel,
                tags=version.file.alerts.tag_on_failure,
                run_url=f"{self._house.public_url}/runs/{row['id']}",
            ),
        )


def _json_summary(text: str) -> Json | None:
    try:
        return summary_of_json(json.loads(text))
    except (ValueError, RecursionError):
        return None
