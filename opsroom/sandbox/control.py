"""The sandbox's own interface under /_control: what tests do in the process, over HTTP."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from aiohttp import web

from opsroom.sandbox.clickup.state import UnknownStatus
from opsroom.sandbox.demo import demo_seed, seed_from
from opsroom.sandbox.faults import fault_from
from opsroom.sandbox.github.control import GitHubControl
from opsroom.sandbox.managed_agents.scenario import ScenarioInvalid, scenario_from, scenario_from_cassette
from opsroom.sandbox.managed_agents.shapes import session_shape
from opsroom.sandbox.wire import JsonObject, Refused, parse_object, reply

if TYPE_CHECKING:
    from opsroom.sandbox.api import Sandbox


def refuse(problem: str, status: int = 400) -> Refused:
    return Refused(status, {"error": problem})


class ControlHttp:
    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox

    def routes(self) -> list[web.RouteDef]:
        github = GitHubControl(self._sandbox.github)
        posts: dict[str, Callable[[web.Request, JsonObject], Awaitable[object]]] = {
            "reset": self._reset,
            "seed": self._seed,
            "faults": self._arm,
            "scenarios": self._scenario,
            "anthropic/webhook": self._anthropic_webhook,
            "google/service-account": self._service_account,
            "clickup/lists": self._add_list,
            "clickup/tasks": self._add_task,
            "clickup/tasks/{task_id}/move": self._move,
            "clickup/tasks/{task_id}/fields": self._fields,
            "clickup/webhooks": self._webhook,
            "clickup/redeliver": self._redeliver,
            "slack/channels": self._channel,
            "slack/users": self._user,
            "drive/shared-drives": self._shared_drive,
            **github.posts(),
        }
        gets: dict[str, Callable[[web.Request], object]] = {
            "requests": self._requests,
            "effects": self._effects,
            "faults": lambda _request: self._sandbox.faults.armed(),
            "scenarios": lambda _request: sorted(self._sandbox.scenarios.scenarios),
            "sessions": self._sessions,
            "sessions/{session_id}/events": self._events,
            "clickup/attempts": lambda _request: [asdict(a) for a in self._sandbox.clickup.webhooks.attempts],
            "clickup/tasks": lambda _request: [asdict(t) for t in self._sandbox.clickup.tasks.values()],
            "slack/messages": self._messages,
            "drive/files": self._drive_files,
            **github.gets(),
        }
        return [
            *(web.post(f"/_control/{path}", _posted(work)) for path, work in posts.items()),
            *(web.get(f"/_control/{path}", _got(work)) for path, work in gets.items()),
            web.delete("/_control/faults", self._disarm),
            web.delete("/_control/faults/{fault_id}", self._disarm),
        ]

    # Reading

    def _requests(self, request: web.Request) -> object:
        query = request.query
        found = self._sandbox.ledger.find_requests(
            query.get("service", ""), query.get("method", ""), query.get("path", "*")
        )
        after = int(query.get("after", "0"))
        return [asdict(r) for r in found if r.number > after]

    def _effects(self, request: web.Request) -> object:
        found = self._sandbox.ledger.find_effects(
            request.query.get("service", ""), request.query.get("kind", "")
        )
        after = int(request.query.get("after", "0"))
        return [asdict(e) for e in found if e.number > after]

    def _sessions(self, request: web.Request) -> object:
        return [session_shape(s) for s in self._sandbox.anthropic.sessions.values()]

    def _events(self, request: web.Request) -> object:
        session = self._sandbox.anthropic.sessions.get(request.match_info["session_id"])
        if session is None:
            raise refuse("no such session", 404)
        return session.events

    def _messages(self, request: web.Request) -> object:
        wanted = request.query.get("channel")
        messages = self._sandbox.slack.in_channel(wanted) if wanted else self._sandbox.slack.messages
        return [asdict(m) for m in messages]

    def _drive_files(self, request: web.Request) -> object:
        drive = self._sandbox.drive
        return [asdict(f) | {"path": drive.path_of(f)} for f in drive.files.values() if f.parents]

    # Changing

    async def _reset(self, request: web.Request, body: JsonObject) -> object:
        self._sandbox.reset()
        return {}

    async def _seed(self, request: web.Request, body: JsonObject) -> object:
        demo_seed(self._sandbox, seed_from(body))
        return {}

    async def _arm(self, request: web.Request, body: JsonObject) -> object:
        return {"id": self._sandbox.faults.arm(fault_from(body))}

    async def _disarm(self, request: web.Request) -> web.Response:
        return reply({"disarmed": self._sandbox.faults.disarm(request.match_info.get("fault_id"))})

    async def _scenario(self, request: web.Request, body: JsonObject) -> object:
        """A scenario or, as `cassette`, the lines of a recorded session."""
        name = str(body.get("name") or "scenario")
        if "cassette" in body:
            scenario = scenario_from_cassette(str(body["cassette"]).splitlines(), name)
        else:
            members = {k: body[k] for k in ("name", "description", "steps", "defaults") if k in body}
            scenario = scenario_from(members, name)
        self._sandbox.scenarios.add(scenario, str(body.get("agent_id") or ""), bool(body.get("default")))
        return {"name": scenario.name, "steps": len(scenario.steps)}

    async def _anthropic_webhook(self, request: web.Request, body: JsonObject) -> object:
        self._sandbox.anthropic_webhook_url = str(body.get("url") or "")
        return {"secret": self._sandbox.config.anthropic_webhook_secret}

    async def _service_account(self, request: web.Request, body: JsonObject) -> object:
        return self._sandbox.google_tokens.new_service_account()

    async def _add_list(self, request: web.Request, body: JsonObject) -> object:
        self._sandbox.clickup.add_list(
            str(body["id"]), str(body["name"]), [str(s) for s in body["statuses"]], body.get("fields") or []
        )
        return {"id": str(body["id"])}

    async def _add_task(self, request: web.Request, body: JsonObject) -> object:
        task = self._sandbox.clickup.add_task(
            str(body["list_id"]),
            str(body["name"]),
            body.get("fields"),
            body.get("status"),
            body.get("id"),
            bool(body.get("announce", True)),
        )
        return {"id": task.id}

    async def _move(self, request: web.Request, body: JsonObject) -> object:
        try:
            history_id = await self._sandbox.clickup.move_task(
                request.match_info["task_id"], str(body["status"]), bool(body.get("wait", True))
            )
        except UnknownStatus as error:
            raise refuse(f"the list has no status {error}") from error
        return {"history_id": history_id}

    async def _fields(self, request: web.Request, body: JsonObject) -> object:
        task = self._sandbox.clickup.tasks[request.match_info["task_id"]]
        for name, value in body.items():
            self._sandbox.clickup.set_field(task, name, value)
        return {}

    async def _webhook(self, request: web.Request, body: JsonObject) -> object:
        location = {k: str(body[k]) for k in ("space_id", "folder_id", "list_id", "task_id") if body.get(k)}
        webhook = self._sandbox.clickup.webhooks.register(
            str(body["endpoint"]), str(body.get("secret") or ""), body.get("events") or ["*"], **location
        )
        return {"id": webhook.id, "secret": webhook.secret}

    async def _redeliver(self, request: web.Request, body: JsonObject) -> object:
        count = self._sandbox.clickup.webhooks.redeliver(str(body["history_id"]), int(body.get("times", 1)))
        await self._sandbox.clickup.webhooks.settle()
        return {"sent": count}

    async def _channel(self, request: web.Request, body: JsonObject) -> object:
        channel = self._sandbox.slack.add_channel(
            str(body["name"]),
            str(body.get("id") or ""),
            bool(body.get("is_member", True)),
            bool(body.get("is_archived", False)),
        )
        return {"id": channel.id}

    async def _user(self, request: web.Request, body: JsonObject) -> object:
        user = self._sandbox.slack.add_user(str(body["name"]), str(body["real_name"]), str(body["email"]))
        return {"id": user.id}

    async def _shared_drive(self, request: web.Request, body: JsonObject) -> object:
        return {"id": self._sandbox.drive.add_shared_drive(str(body["name"]), str(body.get("id") or ""))}


def _posted(
    work: Callable[[web.Request, JsonObject], Awaitable[object]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        # A form of a web page elsewhere cannot send this content type, so it cannot change anything here.
        if request.content_type != "application/json":
            raise refuse("Content-Type: application/json is needed", 415)
        body = parse_object(await request.read())
        if body is None:
            raise refuse("the body must be a JSON object")
        try:
            return reply(await work(request, body))
        except KeyError as error:
            raise refuse(f"{error.args[0]}: missing in the body, or not known to the sandbox") from error
        except (ScenarioInvalid, ValueError, TypeError) as error:
            raise refuse(str(error)) from error

    return handler


def _got(work: Callable[[web.Request], object]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        return reply({"data": work(request)})

    return handler
