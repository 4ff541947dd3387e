"""ClickUp over plain HTTP, as the product's own thin client speaks to it."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from opsroom.sandbox.api import Sandbox
from opsroom.sandbox.demo import DemoSeed, demo_seed

STATUSES = ["Backlog", "Ready (Automate)", "Blocked", "Review", "Complete"]


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    sandbox.clickup.add_list("900", "Audits", STATUSES)
    headers = {"Authorization": "pk_test"}
    async with aiohttp.ClientSession(f"{sandbox.urls.clickup}/v2/", headers=headers) as client:
        yield client


class Receiver:
    """An endpoint that takes webhooks and answers what the test wants."""

    def __init__(self) -> None:
        self.got: list[tuple[dict, str, bytes]] = []
        self.answers: list[int] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.got.append((json.loads(raw), request.headers["X-Signature"], raw))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    box = Receiver()
    app = web.Application()
    app.router.add_post("/hook", box.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    box.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield box
    await runner.cleanup()


async def test_token_is_needed(sandbox: Sandbox):
    async with aiohttp.ClientSession() as client:
        for headers in ({}, {"Authorization": "invalid"}, {"Authorization": "Bearer pk_personal"}):
            async with client.get(f"{sandbox.urls.clickup}/v2/user", headers=headers) as answer:
                assert answer.status == 401
                assert "ECODE" in await answer.json()


async def test_demo_task_has_its_fields(sandbox: Sandbox, http: aiohttp.ClientSession):
    demo_seed(sandbox, DemoSeed(website_url="http://127.0.0.1:9/", competitors=("http://127.0.0.1:10/",)))
    async with http.get("task/tk_abc123") as answer:
        task = await answer.json()
        assert int(answer.headers["X-RateLimit-Reset"]) > time.time()
    fields = {f["name"]: f for f in task["custom_fields"]}
    assert fields["website_url"]["value"] == "http://127.0.0.1:9/"
    assert fields["service_tier"]["value"] == 1  # the order index, not the name
    labels = {o["id"]: o["label"] for o in fields["service_area_cities"]["type_config"]["options"]}
    assert [labels[v] for v in fields["service_area_cities"]["value"]][:2] == ["Columbus", "Dublin"]
    assert fields["business_address"]["value"]["formatted_address"].startswith("2400 N High St")
    assert fields["audit_due"]["value"] == "1796403600000"
    assert task["status"]["status"] == "Backlog"
    assert task["date_created"].isdigit()


async def test_values_of_every_type(sandbox: Sandbox, http: aiohttp.ClientSession):
    values = {
        "short_text": ("a", "a"),
        "text": ("b", "b"),
        "number": (8, "8"),
        "currency": (12.5, "12.5"),
        "drop_down": ("Two", 1),
        "users": (["trung@example.com"], None),
        "date": ("2026-01-02T03:04:05Z", "1767323045000"),
        "checkbox": (True, "true"),
        "emoji": (4, 4),
        "url": ("https://example.com", "https://example.com"),
        "email": ("a@example.com", "a@example.com"),
        "phone": ("+16145550100", "+16145550100"),
        "manual_progress": (40, {"current": 40, "percent_completed": 40}),
    }
    rows = [{"name": k, "type": k, "options": ["One", "Two"] if k == "drop_down" else []} for k in values]
    sandbox.clickup.add_list("901", "Kinds", STATUSES, rows)
    task = sandbox.clickup.add_task("901", "t", {k: v for k, (v, _) in values.items()})
    bare = sandbox.clickup.add_task("901", "bare")
    async with http.get(f"task/{task.id}") as answer:
        shown = {f["name"]: f.get("value") for f in (await answer.json())["custom_fields"]}
    assert shown.pop("users")[0]["email"] == "trung@example.com"
    assert shown == {k: expected for k, (_, expected) in values.items() if k != "users"}
    async with http.get(f"task/{bare.id}") as answer:
        assert all("value" not in f for f in (await answer.json())["custom_fields"])


async def test_drop_down_is_written_by_option_id(sandbox: Sandbox, http: aiohttp.ClientSession):
    tier = {"name": "tier", "type": "drop_down", "options": ["A", "B"]}
    sandbox.clickup.add_list("901", "L", STATUSES, [tier])
    task = sandbox.clickup.add_task("901", "t")
    async with http.get("list/901/field") as answer:
        [field] = (await answer.json())["fields"]
    option = field["type_config"]["options"][1]["id"]
    async with http.post(f"task/{task.id}/field/{field['id']}", json={"value": option}) as answer:
        assert answer.status == 200
    async with http.post(f"task/{task.id}/field/{field['id']}", json={"value": 1}) as answer:
        assert answer.status == 400
    async with http.get(f"task/{task.id}") as answer:
        assert (await answer.json())["custom_fields"][0]["value"] == 1


async def test_status_comment_and_attachment(sandbox: Sandbox, http: aiohttp.ClientSession):
    task = sandbox.clickup.add_task("900", "t")
    async with http.put(f"task/{task.id}", json={"status": "review"}) as answer:
        assert (await answer.json())["status"]["status"] == "Review"
    async with http.put(f"task/{task.id}", json={"status": "Nowhere"}) as answer:
        assert answer.status == 400
        assert (await answer.json())["ECODE"] == "ITEM_114"
    body = {"comment_text": "Hello", "notify_all": False}
    async with http.post(f"task/{task.id}/comment", json=body) as answer:
        made = await answer.json()
    async with http.get(f"task/{task.id}/comment") as answer:
        [comment] = (await answer.json())["comments"]
    assert (comment["id"], comment["comment_text"]) == (made["id"], "Hello")
    form = aiohttp.FormData()
    form.add_field("attachment", b"# Report\n" * 100, filename="report.md", content_type="text/markdown")
    async with http.post(f"task/{task.id}/attachment", data=form) as answer:
        attachment = await answer.json()
    assert (attachment["title"], attachment["extension"]) == ("report.md", "md")
    async with http.get(f"task/{task.id}") as answer:
        assert [a["id"] for a in (await answer.json())["attachments"]] == [attachment["id"]]
    kinds = [e.kind for e in sandbox.ledger.find_effects("clickup")]
    assert kinds == ["task.created", "status.changed", "comment.added", "attachment.added"]
    async with http.get("task/unknown") as answer:
        assert answer.status == 404


async def test_lists_filter_and_page(sandbox: Sandbox, http: aiohttp.ClientSession):
    for i in range(105):
        sandbox.clickup.add_task("900", f"t{i}", status="Ready (Automate)" if i % 2 else "Backlog")
    async with http.get("list/900/task", params={"page": "0"}) as answer:
        first = await answer.json()
    async with http.get("list/900/task", params={"page": "1"}) as answer:
        second = await answer.json()
    assert (len(first["tasks"]), first["last_page"]) == (100, False)
    assert (len(second["tasks"]), second["last_page"]) == (5, True)
    mark = str(int(time.time() * 1000) + 1)
    await asyncio.sleep(0.01)
    moved = next(t for t in sandbox.clickup.tasks.values() if t.status == "Backlog")
    await sandbox.clickup.move_task(moved.id, "Ready (Automate)")
    params = [("statuses[]", "Ready (Automate)"), ("date_updated_gt", mark)]
    async with http.get("list/900/task", params=params) as answer:
        assert [t["id"] for t in (await answer.json())["tasks"]] == [moved.id]


async def test_webhook_is_signed_over_the_raw_body(sandbox: Sandbox, http, receiver: Receiver):
    body = {"endpoint": receiver.url, "events": ["taskStatusUpdated"], "list_id": 900}
    async with http.post("team/9018614428/webhook", json=body) as answer:
        webhook = (await answer.json())["webhook"]
    task = sandbox.clickup.add_task("900", "t", announce=False)
    await sandbox.clickup.move_task(task.id, "Ready (Automate)")
    [(event, signature, raw)] = receiver.got
    assert hmac.new(webhook["secret"].encode(), raw, hashlib.sha256).hexdigest() == signature
    assert (event["event"], event["task_id"]) == ("taskStatusUpdated", task.id)
    [item] = event["history_items"]
    assert (item["before"]["status"], item["after"]["status"]) == ("Backlog", "Ready (Automate)")
    assert sandbox.clickup.webhooks.redeliver(item["id"], times=3) == 3
    await sandbox.clickup.webhooks.settle()
    assert {raw for _, _, raw in receiver.got} == {raw}


async def test_creation_tells_of_a_status_from_nowhere(sandbox: Sandbox, http, receiver: Receiver):
    sandbox.clickup.webhooks.register(receiver.url, "s")
    sandbox.clickup.add_task("900", "t", status="Ready (Automate)")
    await sandbox.clickup.webhooks.settle()
    by_event = {body["event"]: body["history_items"][0] for body, _, _ in receiver.got}
    assert set(by_event) == {"taskCreated", "taskStatusUpdated"}
    assert by_event["taskStatusUpdated"]["before"] == {"status": None, "type": "removed"}


async def test_five_attempts_then_dropped(sandbox: Sandbox, http, receiver: Receiver):
    webhook = sandbox.clickup.webhooks.register(receiver.url, "s", ["taskStatusUpdated"])
    task = sandbox.clickup.add_task("900", "t", announce=False)
    receiver.answers = [500, 503]
    await sandbox.clickup.move_task(task.id, "Review")
    assert (len(receiver.got), webhook.status, webhook.fail_count) == (3, "active", 0)
    receiver.answers = [500] * 9
    await sandbox.clickup.move_task(task.id, "Blocked")
    assert (len(receiver.got), webhook.status, webhook.fail_count) == (8, "failing", 1)


@pytest.mark.parametrize("status", [401, 410])
async def test_401_and_410_suspend_at_once(sandbox: Sandbox, http, receiver, status: int):
    webhook = sandbox.clickup.webhooks.register(receiver.url, "s", ["taskStatusUpdated"])
    task = sandbox.clickup.add_task("900", "t", announce=False)
    receiver.answers = [status]
    await sandbox.clickup.move_task(task.id, "Review")
    await sandbox.clickup.move_task(task.id, "Blocked")
    assert (len(receiver.got), webhook.status) == (1, "suspended")
    body = {"endpoint": receiver.url, "events": "*", "status": "active"}
    async with http.put(f"webhook/{webhook.id}", json=body) as answer:
        assert (await answer.json())["webhook"]["health"] == {"status": "active", "fail_count": 0}
    await sandbox.clickup.move_task(task.id, "Review")
    assert len(receiver.got) == 2
