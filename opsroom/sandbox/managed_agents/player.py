"""Plays a scenario in one session: one asyncio task, woken by time and by what the client sends."""

import asyncio
import mimetypes
import time

from opsroom.sandbox.blobs import Blob, BlobStore
from opsroom.sandbox.managed_agents.compose import budget_shape, compose, usage_snapshot
from opsroom.sandbox.managed_agents.placeholders import filled, kickoff_text, payload_of, words_from
from opsroom.sandbox.managed_agents.scenario import Scenario, verb_of
from opsroom.sandbox.managed_agents.state import AgentFile, ManagedAgents, Session
from opsroom.sandbox.wire import JsonObject, dump, new_id, rfc3339

_AFTERWORD = "There is nothing more in this scenario."
_YIELD_EVERY = 16  # steps without a pause before other sessions get their turn


class Interrupted(Exception):
    """The client sent user.interrupt."""


class TurnOver(Exception):
    """The scenario ended inside nested steps."""


class Player:
    def __init__(self, host: ManagedAgents, session: Session, scenario: Scenario, blobs: BlobStore) -> None:
        self._host = host
        self._session = session
        self._scenario = scenario
        self._blobs = blobs
        self._words: dict[str, str] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._interrupted = False
        self._unread: list[JsonObject] = []  # user events that are still queued
        self._answers: dict[str, JsonObject] = {}
        self._steps_without_pause = 0
        self._running_since: float | None = None
        self._task: asyncio.Task[None] | None = None

    # What the client does

    def receive(self, event: JsonObject) -> None:
        """A user event was put into the history; go on if something waited for it."""
        kind = event["type"]
        if kind == "user.interrupt":
            self._interrupted = True
            self._mark_processed(event)
        elif kind in ("user.tool_confirmation", "user.custom_tool_result", "user.tool_result"):
            use_id = event.get("tool_use_id") or event.get("custom_tool_use_id")
            self._answers[str(use_id)] = event
            self._mark_processed(event)
        else:
            self._unread.append(event)
        self.wake()
        self.ensure_running()

    def wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def ensure_running(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._play())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # The play

    async def _play(self) -> None:
        session = self._session
        while session.status != "terminated":
            if not self._unread and session.status != "running":
                return
            self._start_turn()
            try:
                await self._turn()
            except Interrupted:
                session.pending.clear()
                session.finished = True
                self._go_idle("end_turn")
            except TurnOver:
                session.finished = True
                self._end_of_script()

    def _start_turn(self) -> None:
        if self._interrupted:
            self._interrupted = False
        if self._running_since is None:
            self._go_running()
        self._read_messages()
        self._words = words_from(
            self._scenario.defaults,
            {"session_id": self._session.id, "agent_id": self._session.agent_id},
            self._session.metadata,
            payload_of(kickoff_text(self._session.events)),
        )

    async def _turn(self) -> None:
        session = self._session
        if session.finished:
            self._say(_AFTERWORD)
            self._go_idle("end_turn")
            return
        steps = self._scenario.steps
        while session.position < len(steps):
            step = steps[session.position]
            await self._step(step)
            session.position += 1
            if self._over:
                session.finished = session.position >= len(steps)
                return
        session.finished = True
        self._end_of_script()

    @property
    def _over(self) -> bool:
        """An idle or the end of the session ended this turn."""
        return self._session.status != "running"

    def _end_of_script(self) -> None:
        if not self._over:
            self._go_idle("end_turn")

    async def _steps(self, steps: list[JsonObject]) -> None:
        for step in steps:
            await self._step(step)
            if self._over:
                raise TurnOver

    async def _step(self, step: JsonObject) -> None:
        await self._pause(float(step.get("after_ms", 0)) / 1000)
        match verb_of(step):
            case "repeat":
                await self._repeat(step)
            case "event":
                self._event(step["event"])
            case "say":
                self._say(str(filled(step["say"], self._words)))
            case "usage":
                await self._use(step["usage"])
            case "await":
                await self._await(step)
            case "output":
                self._output(step["output"])
            case "idle":
                self._go_idle(str(step["idle"]), step.get("stop_details"))
            case "terminate":
                self._count_active()
                self._host.terminate(self._session)
            case "error":
                self._error(step["error"])

    async def _repeat(self, step: JsonObject) -> None:
        body = step.get("steps") or [{k: v for k, v in step.items() if k not in ("repeat", "note")}]
        count, done = step["repeat"], 0
        while count == "forever" or done < count:
            self._words["i"] = str(done + 1)
            await self._steps(body)
            done += 1

    def _event(self, short: JsonObject) -> None:
        whole = filled(short, self._words)
        assert isinstance(whole, dict)  # noqa: S101 - filled keeps the kind of its argument
        self._host.publish(self._session, compose(self._host, self._session, whole))

    def _say(self, text: str) -> None:
        self._host.emit(self._session, "agent.message", content=[{"type": "text", "text": text}])

    def _error(self, given: JsonObject) -> None:
        error = {
            "type": "unknown_error",
            "message": "An error occurred.",
            "retry_status": {"type": "retrying"},
            **given,
        }
        self._host.emit(self._session, "session.error", error=error)

    async def _use(self, more: JsonObject) -> None:
        usage = self._session.usage
        for member, amount in more.items():
            setattr(usage, member, getattr(usage, member) + int(amount))
        self._count_active()
        self._running_since = time.monotonic()
        session = self._session
        self._host.emit(session, "session.usage", usage=usage_snapshot(session), budget=budget_shape(session))
        while self._at_cap():
            self._go_idle("budget_reached")
            self._host.webhook(session, "session.budget_reached")
            while self._at_cap():
                await self._wait_for_news()
            self._go_running()

    def _at_cap(self) -> bool:
        session = self._session
        return session.budget_cents is not None and session.usage.list_cost_cents >= session.budget_cents

    def _output(self, output: JsonObject) -> None:
        name = str(filled(output["name"], self._words))
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        media_type = str(output.get("media_type", "text/markdown" if name.endswith(".md") else guessed))
        file = AgentFile(
            new_id("file_"), self._session.id, name, media_type, self._content(output), time.time()
        )
        self._host.files[file.id] = file
        self._host.effect(
            "anthropic", "file.written", file.id, session=self._session.id, name=name, size=file.blob.size
        )

    def _content(self, output: JsonObject) -> Blob:
        if "generate_bytes" in output:
            return self._blobs.generated(int(output["generate_bytes"]))
        if "file" in output and self._scenario.folder is not None:
            return self._blobs.put((self._scenario.folder / str(output["file"])).read_bytes())
        content = filled(output.get("content", ""), self._words)
        return self._blobs.put(content.encode() if isinstance(content, str) else dump(content))

    # Waiting

    async def _await(self, step: JsonObject) -> None:
        if step["await"] == "message":
            self._go_idle("end_turn")
            while not self._unread:
                await self._wait_for_news()
            self._go_running()
            self._read_messages()
            return
        asked = list(self._session.pending)
        while self._session.pending:
            self._go_idle("requires_action", event_ids=list(self._session.pending))
            before = len(self._answers)
            while len(self._answers) == before and not self._unanswered_changed():
                await self._wait_for_news()
            self._session.pending = [p for p in self._session.pending if p not in self._answers]
        self._go_running()
        denied = [a for use in asked if (a := self._answers.pop(use, None)) and self._show_result(a, step)]
        if denied and "on_deny" in step:
            await self._steps(step["on_deny"])
            raise TurnOver

    def _unanswered_changed(self) -> bool:
        return any(p in self._answers for p in self._session.pending)

    def _show_result(self, answer: JsonObject, step: JsonObject) -> bool:
        """Show what came of an answered tool use; True when it was denied."""
        if answer["type"] != "user.tool_confirmation":
            return False
        denied = answer["result"] == "deny"
        if step.get("results", True):
            text = str(answer.get("deny_message") or "Denied by the user.") if denied else "Done."
            use_id = answer["tool_use_id"]
            use = next((e for e in self._session.events if e["id"] == use_id), {"type": "agent.tool_use"})
            mcp = use["type"] == "agent.mcp_tool_use"
            self._host.emit(
                self._session,
                "agent.mcp_tool_result" if mcp else "agent.tool_result",
                **{"mcp_tool_use_id" if mcp else "tool_use_id": use_id},
                is_error=denied,
                content=[{"type": "text", "text": text}],
            )
        return denied

    async def _pause(self, seconds: float) -> None:
        if self._interrupted:
            raise Interrupted
        if seconds <= 0:
            self._steps_without_pause += 1
            if self._steps_without_pause % _YIELD_EVERY == 0:
                await asyncio.sleep(0)
            return
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            await self._wait_for_news(left)

    async def _wait_for_news(self, seconds: float | None = None) -> None:
        """Until woken, or until the time is over. Raises Interrupted when the client asked for it."""
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(seconds, self.wake) if seconds is not None else None
        try:
            if not self._interrupted:
                await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()
        if self._interrupted:
            raise Interrupted

    # The session's state

    def _go_running(self) -> None:
        self._running_since = time.monotonic()
        self._host.set_status(self._session, "running")
        self._host.emit(self._session, "session.status_running")
        self._host.webhook(self._session, "session.status_run_started")

    def _go_idle(self, reason: str, stop_details: object = None, event_ids: list[str] | None = None) -> None:
        session = self._session
        self._count_active()
        self._host.set_status(session, "idle")
        stop_reason: JsonObject = {"type": reason}
        if event_ids is not None:
            stop_reason["event_ids"] = event_ids
        if reason == "refusal" and stop_details is None:
            stop_details = {"type": "refusal", "category": None, "explanation": "The request was declined."}
        self._host.release_files(session)
        self._host.emit(session, "session.status_idle", stop_reason=stop_reason, stop_details=stop_details)
        self._host.webhook(session, "session.status_idled")

    def _count_active(self) -> None:
        if self._running_since is not None:
            self._session.active_seconds += time.monotonic() - self._running_since
        self._running_since = None

    def _read_messages(self) -> None:
        for event in self._unread:
            self._mark_processed(event)
        self._unread.clear()

    def _mark_processed(self, event: JsonObject) -> None:
        """The same event once more on the streams, now with its time; in the history it stays one."""
        if event.get("processed_at"):
            return
        done = {**event, "processed_at": rfc3339(time.time())}
        events = self._session.events
        for index in range(len(events) - 1, -1, -1):
            if events[index]["id"] == event["id"]:
                events[index] = done
                break
        self._host.show(self._session, done)
