"""What the stand-ins answer, held against the vendors' published specifications."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import aiohttp
import jsonschema
import pytest
from anthropic import AsyncAnthropic
from slack_sdk.web.async_client import AsyncWebClient

from opsroom.sandbox.api import Sandbox
from opsroom.sandbox.demo import demo_seed

from .kickoff import message

pytestmark = pytest.mark.specs
Spec = Callable[[str], dict[str, Any]]
HEADERS = {
    "Authorization": "Bearer t",
    "anthropic-version": "2026-10-21",
    "anthropic-beta": "managed-agents-2026-04-01",
}
KNOWN_TO_NOBODY = ("agent.telepathy", "workflow_run.quantum_forked")


def check(schema: dict[str, Any], definition: str, value: object) -> None:
    wanted = {"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    jsonschema.Draft202012Validator(wanted).validate(value)


async def test_anthropic(sandbox: Sandbox, claude: AsyncAnthropic, spec: Spec):
    schema = spec("anthropic_sdk_2.11.0_managed_agents.schema.json")
    quick = [
        n for n in sandbox.scenarios.scenarios if n not in ("endless", "steady-200", "big-output", "budget")
    ]
    for name in quick:
        budget = {"type": "limit", "max_list_cost": {"amount": "900", "currency": "USD"}}
        session = await claude.beta.sessions.create(
            agent=f"agent_{name.replace('-', '_')}",
            environment_id="env_a",
            budget=budget,
            initial_events=[message()],
            resources=[{"type": "file", "file_id": "file_1"}],
        )
        state = sandbox.anthropic.sessions[session.id]
        for _ in range(300):
            if state.events[-1]["type"] in ("session.status_idle", "session.status_terminated"):
                break
            await asyncio.sleep(0.01)
        await claude.beta.sessions.update(session.id, title="t")
    async with aiohttp.ClientSession(sandbox.urls.base, headers=HEADERS) as client:

        async def get(path: str) -> dict[str, Any]:
            async with client.get(f"/anthropic/v1/{path}") as answer:
                assert answer.status == 200
                return await answer.json()

        sessions = await get("sessions?limit=100")
        assert len(sessions["data"]) == len(quick)
        kinds = set()
        for session in sessions["data"]:
            check(schema, "ROOT_Session", session)
            for thread in (await get(f"sessions/{session['id']}/threads"))["data"]:
                check(schema, "ROOT_SessionThread", thread)
            for event in (await get(f"sessions/{session['id']}/events?limit=1000"))["data"]:
                if event["type"] in KNOWN_TO_NOBODY or "maintenance" in json.dumps(event):
                    continue
                kinds.add(event["type"])
                check(schema, "ROOT_SessionEvent", event)
                check(schema, "ROOT_StreamEvent", event)
        for file in (await get("files?limit=100"))["data"]:
            check(schema, "ROOT_FileMetadata", file)
        check(schema, "ROOT_BetaManagedAgentsAgent", await get("agents/agent_x"))
        check(schema, "ROOT_BetaEnvironment", await get("environments/env_x"))
        path = f"/anthropic/v1/sessions/{sessions['data'][-1]['id']}/events"
        body = {"events": [{"type": "user.interrupt"}]}
        async with client.post(path, json=body) as answer:
            check(schema, "ROOT_SendEventsResponse", await answer.json())
    assert len(kinds) >= 20, kinds


async def test_anthropic_webhooks(sandbox: Sandbox, claude: AsyncAnthropic, spec: Spec):
    schema = spec("anthropic_sdk_2.11.0_managed_agents.schema.json")
    told: list[dict[str, Any]] = []
    sandbox.anthropic._webhook = told.append
    await claude.beta.sessions.create(
        agent="agent_terminated", environment_id="env_a", initial_events=[message()]
    )
    await asyncio.sleep(0.15)
    assert {t["data"]["type"] for t in told} >= {"session.created", "session.status_terminated"}
    for envelope in told:
        check(schema, "ROOT_WebhookEvent", envelope)


def resolved(node: Any, root: dict[str, Any]) -> Any:
    """ClickUp's specification points into itself by long paths."""
    if isinstance(node, dict) and "$ref" in node:
        target: Any = root
        for part in node["$ref"].split("/")[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            target = target[int(name)] if isinstance(target, list) else target[name]
        return resolved(target, root)
    if isinstance(node, dict):
        return {k: resolved(v, root) for k, v in node.items() if k not in ("example", "examples")}
    return [resolved(v, root) for v in node] if isinstance(node, list) else node


async def test_clickup(sandbox: Sandbox, spec: Spec):
    root = spec("clickup_v2_openapi.json")
    demo_seed(sandbox)
    async with aiohttp.ClientSession(sandbox.urls.base, headers={"Authorization": "pk_1"}) as client:

        async def call(verb: str, template: str, body: Any = None, **names: str) -> None:
            path = template
            for name, value in names.items():
                path = path.replace("{" + name + "}", value)
            members = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
            async with client.request(verb, f"/clickup/api{path}", **members) as answer:
                value = await answer.json()
                assert answer.status == 200, value
            content = root["paths"][template][verb.lower()]["responses"]["200"]["content"]
            # Where ClickUp shows null for an unset object, its own specification forgot to say so.
            jsonschema.Draft202012Validator(resolved(content["application/json"]["schema"], root)).validate(
                without_nulls(value)
            )

        task, form = "tk_abc123", aiohttp.FormData()
        form.add_field("attachment", b"# a", filename="a.md")
        await call("POST", "/v2/task/{task_id}/attachment", form, task_id=task)
        await call(
            "POST", "/v2/task/{task_id}/comment", {"comment_text": "x", "notify_all": False}, task_id=task
        )
        await call("GET", "/v2/task/{task_id}", task_id=task)
        await call("PUT", "/v2/task/{task_id}", {"status": "Review"}, task_id=task)
        await call("GET", "/v2/list/{list_id}/task", list_id="901800000001")
        await call("GET", "/v2/list/{list_id}", list_id="901800000001")
        await call("GET", "/v2/list/{list_id}/field", list_id="901800000001")
        await call("GET", "/v2/user")
        await call("GET", "/v2/team")
        body = {"endpoint": "http://127.0.0.1:1/x", "events": ["*"]}
        await call("POST", "/v2/team/{team_id}/webhook", body, team_id="9018614428")
        await call("GET", "/v2/team/{team_id}/webhook", team_id="9018614428")


NULLABLE_BY_SPEC = ("color", "task_id", "list_id", "folder_id", "space_id")


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None or k in NULLABLE_BY_SPEC}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


async def test_slack(sandbox: Sandbox, spec: Spec):
    """The archived specification knows no metadata; everything else must fit it."""
    root = spec("slack_web_openapi_v2_without_examples.json")
    demo_seed(sandbox)
    slack = AsyncWebClient(token="xoxb-1", base_url=sandbox.urls.slack)
    channel = sandbox.slack.find_channel("seo-automation")
    assert channel is not None
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]
    posted = await slack.chat_postMessage(channel="#seo-automation", text="x", blocks=blocks)
    answers = {
        "/auth.test": await slack.auth_test(),
        "/chat.postMessage": posted,
        "/conversations.list": await slack.conversations_list(),
        "/conversations.info": await slack.conversations_info(channel=channel.id),
        "/users.lookupByEmail": await slack.users_lookupByEmail(email="trung@example.com"),
    }
    for path, answer in answers.items():
        [operation] = root["paths"][path].values()
        wanted = operation["responses"]["200"]["schema"] | {"definitions": root["definitions"]}
        # Draft-4 arrays of `items` mean "one of these" in Slack's file; unions are not what is tested here.
        errors = [
            e
            for e in jsonschema.Draft4Validator(wanted).iter_errors(answer.data)
            if e.validator not in ("items", "additionalProperties")
        ]
        assert errors == [], (path, [e.message for e in errors])


async def test_drive(sandbox: Sandbox, spec: Spec):
    root = spec("google_drive.v3.json")
    file = sandbox.drive.add({"name": "a.md"}, "text/markdown", sandbox.blobs.put(b"x"), "md5")
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer t"}) as client:
        base = f"{sandbox.urls.google}drive/v3"
        for path, name in ((f"files/{file.id}", "File"), ("files", "FileList"), ("about", "About")):
            async with client.get(f"{base}/{path}?fields=*") as answer:
                body = await answer.json()
            known = root["schemas"][name]["properties"]
            assert set(body) <= set(known), name
            for member, value in body.items():
                kind = known[member].get("type", "object")
                python = {"string": str, "boolean": bool, "array": list, "object": dict, "integer": int}[kind]
                assert isinstance(value, python), (name, member)
