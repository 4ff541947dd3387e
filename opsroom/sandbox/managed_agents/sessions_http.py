"""The routes of sessions, their threads, agents and environments."""

import time
from dataclasses import dataclass, field

from aiohttp import web

from opsroom.sandbox.blobs import BlobStore
from opsroom.sandbox.managed_agents.checks import budget_cents, check_create, check_update
from opsroom.sandbox.managed_agents.player import Player
from opsroom.sandbox.managed_agents.scenario import ScenarioShelf
from opsroom.sandbox.managed_agents.shapes import (
    agent_shape,
    agent_snapshot,
    environment_shape,
    many,
    not_found,
    paged,
    refuse,
    session_shape,
    thread_shape,
    within_times,
)
from opsroom.sandbox.managed_agents.state import ManagedAgents, Session
from opsroom.sandbox.wire import JsonObject, new_id, parse_object, reply, rfc3339


@dataclass(frozen=True, slots=True)
class KnownIds:
    """Which agents and environments exist. None: every id of the right form without "invalid" in it."""

    agents: dict[str, str] | None = None  # id → name
    environments: frozenset[str] | None = None
    since: float = field(default_factory=time.time)

    def agent_name(self, agent_id: str) -> str | None:
        if self.agents is not None:
            return self.agents.get(agent_id)
        well_formed = agent_id.startswith("agent_") and "invalid" not in agent_id
        return agent_id.removeprefix("agent_").replace("_", " ").title() if well_formed else None

    def has_environment(self, environment_id: str) -> bool:
        if self.environments is not None:
            return environment_id in self.environments
        return environment_id.startswith("env_") and "invalid" not in environment_id


class SessionsHttp:
    def __init__(self, host: ManagedAgents, known: KnownIds, shelf: ScenarioShelf, blobs: BlobStore) -> None:
        self._host = host
        self._known = known
        self._shelf = shelf
        self._blobs = blobs

    def routes(self) -> list[web.RouteDef]:
        one = "/anthropic/v1/sessions/{session_id}"
        return [
            web.post("/anthropic/v1/sessions", self.create),
            web.get("/anthropic/v1/sessions", self.list_all),
            web.get(one, self.retrieve),
            web.post(one, self.update),
            web.delete(one, self.delete),
            web.post(f"{one}/archive", self.archive),
            web.get(f"{one}/resources", self.resources),
            web.get(f"{one}/threads", self.threads),
            web.get(f"{one}/threads/{{thread_id}}", self.thread),
            web.post(f"{one}/threads/{{thread_id}}/archive", self.archive_thread),
            web.get("/anthropic/v1/agents/{agent_id}", self.agent),
            web.get("/anthropic/v1/environments/{environment_id}", self.environment),
        ]

    def session(self, request: web.Request) -> Session:
        session_id = request.match_info["session_id"]
        session = self._host.sessions.get(session_id)
        if session is None:
            raise not_found(f"Session `{session_id}` not found.")
        return session

    async def create(self, request: web.Request) -> web.Response:
        body = parse_object(await request.read())
        if body is None:
            raise refuse(400, "The request body is not valid JSON.")
        check_create(body)
        session = self._new_session(body)
        self._host.add_session(session)
        self.start(session)
        for event in body.get("initial_events", []):
            self.accept(session, event)
        return reply(session_shape(session))

    def _new_session(self, body: JsonObject) -> Session:
        given = body["agent"]
        agent_id = given if isinstance(given, str) else str(given.get("id", ""))
        name = self._known.agent_name(agent_id)
        if name is None:
            raise not_found(f"Agent `{agent_id}` not found.")
        environment_id = body["environment_id"]
        if not self._known.has_environment(environment_id):
            raise not_found(f"Environment `{environment_id}` not found.")
        version = 1 if isinstance(given, str) else int(given.get("version") or 1)
        metadata = dict(body.get("metadata") or {})
        now = time.time()
        return Session(
            id=new_id("sesn_"),
            number=self._host.next_number(),
            agent=agent_snapshot(agent_id, name, version),
            environment_id=environment_id,
            created_at=now,
            updated_at=now,
            title=body.get("title"),
            metadata=metadata,
            vault_ids=list(body.get("vault_ids") or []),
            resources=[_resource(r, now) for r in body.get("resources") or []],
            budget_cents=budget_cents(body["budget"]) if body.get("budget") else None,
            had_budget=bool(body.get("budget")),
            scenario=self._shelf.choose(agent_id, metadata).name,
        )

    def start(self, session: Session) -> Player:
        scenario = self._shelf.scenarios.get(session.scenario) or self._shelf.choose("", {})
        player = Player(self._host, session, scenario, self._blobs)
        self._host.players[session.id] = player
        return player

    def accept(self, session: Session, event: JsonObject) -> JsonObject:
        """A checked event of the client: into the history, onto the streams, to the player."""
        whole = {"id": new_id("sevt_"), **event, "processed_at": None}
        if event["type"] == "user.define_outcome":
            whole |= {"outcome_id": new_id("outc_"), "processed_at": rfc3339(time.time())}
        self._host.publish(session, whole)
        self._host.effect("anthropic", "event.sent", whole["id"], session=session.id, type=event["type"])
        player = self._host.players.get(session.id) or self.start(session)
        player.receive(whole)
        return whole

    async def list_all(self, request: web.Request) -> web.Response:
        query = request.query
        statuses, inside = many(query, "statuses"), within_times(query, "created_at")
        archived_too = query.get("include_archived", "false").lower() == "true"
        found = [
            s
            for s in self._host.sessions.values()
            if (not statuses or s.status in statuses)
            and query.get("agent_id", s.agent_id) == s.agent_id
            and query.get("agent_version", str(s.agent["version"])) == str(s.agent["version"])
            and (archived_too or s.archived_at is None)
            and "deployment_id" not in query
            and inside(s.created_at)
        ]
        return reply({**paged(found, query, session_shape, "desc"), "prev_page": None})

    async def retrieve(self, request: web.Request) -> web.Response:
        return reply(session_shape(self.session(request)))

    async def update(self, request: web.Request) -> web.Response:
        session, body = self.session(request), parse_object(await request.read())
        if body is None:
            raise refuse(400, "The request body is not valid JSON.")
        check_update(session, body)
        changed: JsonObject = {}
        if "title" in body:
            changed["title"] = session.title = body["title"]
        if isinstance(body.get("metadata"), dict):
            merged = session.metadata | body["metadata"]
            changed["metadata"] = session.metadata = {k: v for k, v in merged.items() if v is not None}
        if "budget" in body:
            session.budget_cents = budget_cents(body["budget"]) if body["budget"] else None
            changed["budget"] = body["budget"]
        session.updated_at = time.time()
        self._host.emit(session, "session.updated", **changed)
        self._host.effect("anthropic", "session.updated", session.id, **changed)
        if player := self._host.players.get(session.id):
            player.wake()
        return reply(session_shape(session))

    async def archive(self, request: web.Request) -> web.Response:
        session = self.session(request)
        self._must_rest(session, "archived")
        if session.archived_at is None:
            session.archived_at = time.time()
            self._stop(session)
            if session.status != "terminated":
                self._host.terminate(session)
            self._host.effect("anthropic", "session.archived", session.id)
            self._host.webhook(session, "session.archived")
        return reply(session_shape(session))

    async def delete(self, request: web.Request) -> web.Response:
        session = self.session(request)
        self._must_rest(session, "deleted")
        self._stop(session)
        self._host.emit(session, "session.deleted")
        self._host.close_streams(session)
        del self._host.sessions[session.id]
        self._host.effect("anthropic", "session.deleted", session.id)
        return reply({"id": session.id, "type": "session_deleted"})

    def _must_rest(self, session: Session, what: str) -> None:
        if session.status in ("running", "rescheduling"):
            raise refuse(400, f"Session `{session.id}` is {session.status} and cannot be {what}.")

    def _stop(self, session: Session) -> None:
        if player := self._host.players.pop(session.id, None):
            player.stop()

    async def resources(self, request: web.Request) -> web.Response:
        return reply(paged(self.session(request).resources, request.query, dict, "asc"))

    async def threads(self, request: web.Request) -> web.Response:
        session = self.session(request)
        return reply(
            paged(list(session.threads.values()), request.query, lambda t: thread_shape(session, t), "asc")
        )

    async def thread(self, request: web.Request) -> web.Response:
        session = self.session(request)
        thread = session.threads.get(request.match_info["thread_id"])
        if thread is None:
            raise not_found(f"Thread `{request.match_info['thread_id']}` not found.")
        return reply(thread_shape(session, thread))

    async def archive_thread(self, request: web.Request) -> web.Response:
        session = self.session(request)
        thread = session.threads.get(request.match_info["thread_id"])
        if thread is None:
            raise not_found(f"Thread `{request.match_info['thread_id']}` not found.")
        thread.archived_at = thread.archived_at or time.time()
        return reply(thread_shape(session, thread))

    async def agent(self, request: web.Request) -> web.Response:
        agent_id = request.match_info["agent_id"]
        name = self._known.agent_name(agent_id)
        if name is None:
            raise not_found(f"Agent `{agent_id}` not found.")
        return reply(agent_shape(agent_id, name, self._known.since))

    async def environment(self, request: web.Request) -> web.Response:
        environment_id = request.match_info["environment_id"]
        if not self._known.has_environment(environment_id):
            raise not_found(f"Environment `{environment_id}` not found.")
        return reply(environment_shape(environment_id, self._known.since))


def _resource(given: object, at: float) -> JsonObject:
    if not isinstance(given, dict) or not isinstance(given.get("type"), str):
        raise refuse(400, "resources: each must be an object with a type")
    dated = {"id": new_id("sesrsc_"), "created_at": rfc3339(at), "updated_at": rfc3339(at)}
    shown = {k: v for k, v in given.items() if k != "authorization_token"}
    if given["type"] == "file":
        shown.setdefault("mount_path", f"/mnt/session/uploads/{given.get('file_id')}")
    return dated | shown
