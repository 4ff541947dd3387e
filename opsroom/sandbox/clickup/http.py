"""The routes of the ClickUp stand-in."""

import mimetypes
import time
import uuid
from collections import defaultdict, deque

from aiohttp import BodyPartReader, web
from multidict import MultiMapping

from opsroom.sandbox.blobs import BlobStore, part_chunks
from opsroom.sandbox.clickup.fields import written_value
from opsroom.sandbox.clickup.shapes import (
    attachment_shape,
    comment_shape,
    fields_of_list_shape,
    list_shape,
    task_shape,
    user_shape,
    webhook_shape,
)
from opsroom.sandbox.clickup.state import Attachment, ClickUp, Comment, Task, TaskList, UnknownStatus
from opsroom.sandbox.keys import note_body
from opsroom.sandbox.spoil import clickup_error
from opsroom.sandbox.wire import JsonObject, Refused, millis, parse_object, reply

_PAGE = 100
_PLACES = ("space_id", "folder_id", "list_id", "task_id")
_BASE = "/clickup/api/v2"


def refuse(status: int, message: str, code: str) -> Refused:
    return Refused(status, clickup_error(message, code))


class RateLimit:
    """Counts requests a minute for each token; refuses only when told to."""

    def __init__(self, per_minute: int, enforced: bool) -> None:
        self._per_minute = per_minute
        self._enforced = enforced
        self._seen: dict[str, deque[float]] = defaultdict(deque)

    def headers(self, token: str) -> dict[str, str]:
        now, seen = time.time(), self._seen[token]
        while seen and seen[0] <= now - 60:
            seen.popleft()
        over = self._enforced and len(seen) >= self._per_minute
        if not over:
            seen.append(now)
        headers = {
            "X-RateLimit-Limit": str(self._per_minute),
            "X-RateLimit-Remaining": str(max(0, self._per_minute - len(seen))),
            "X-RateLimit-Reset": str(int((seen[0] if seen else now) + 60)),
        }
        if over:
            raise Refused(429, clickup_error("Rate limit reached", "APP_002"), headers)
        return headers


class ClickUpHttp:
    def __init__(self, host: ClickUp, blobs: BlobStore, urls: str) -> None:
        self._host = host
        self._blobs = blobs
        self.urls = urls

    def routes(self) -> list[web.RouteDef]:
        task, team = f"{_BASE}/task/{{task_id}}", f"{_BASE}/team/{{team_id}}"
        return [
            web.get(f"{_BASE}/user", self.user),
            web.get(f"{_BASE}/team", self.teams),
            web.get(task, self.get_task),
            web.put(task, self.update_task),
            web.get(f"{task}/comment", self.comments),
            web.post(f"{task}/comment", self.add_comment),
            web.post(f"{task}/attachment", self.add_attachment),
            web.post(f"{task}/field/{{field_id}}", self.set_field),
            web.delete(f"{task}/field/{{field_id}}", self.clear_field),
            web.get(f"{_BASE}/list/{{list_id}}", self.get_list),
            web.get(f"{_BASE}/list/{{list_id}}/field", self.list_fields),
            web.get(f"{_BASE}/list/{{list_id}}/task", self.list_tasks),
            web.post(f"{_BASE}/list/{{list_id}}/task", self.create_task),
            web.get(f"{team}/task", self.team_tasks),
            web.get(f"{team}/webhook", self.webhooks),
            web.post(f"{team}/webhook", self.create_webhook),
            web.put(f"{_BASE}/webhook/{{webhook_id}}", self.update_webhook),
            web.delete(f"{_BASE}/webhook/{{webhook_id}}", self.delete_webhook),
        ]

    # Finding things

    def _task(self, request: web.Request) -> Task:
        wanted = request.match_info["task_id"]
        if request.query.get("custom_task_ids") == "true":
            found = next((t for t in self._host.tasks.values() if t.custom_id == wanted), None)
        else:
            found = self._host.tasks.get(wanted)
        if found is None:
            raise refuse(404, "Task not found, deleted", "ITEM_013")
        return found

    def _list(self, request: web.Request) -> TaskList:
        found = self._host.lists.get(request.match_info["list_id"])
        if found is None:
            raise refuse(404, "List not found", "LIST_001")
        return found

    async def _body(self, request: web.Request) -> JsonObject:
        body = parse_object(await request.read())
        if body is None:
            raise refuse(400, "Unexpected token in JSON", "INPUT_001")
        return body

    # Tasks

    async def user(self, request: web.Request) -> web.Response:
        return reply({"user": self._host.users[0]})

    async def teams(self, request: web.Request) -> web.Response:
        members = [{"user": user_shape(u)} for u in self._host.users]
        team = {
            "id": self._host.team_id,
            "name": "Sandbox",
            "color": "#5f55ee",
            "avatar": "",
            "members": members,
        }
        return reply({"teams": [team]})

    async def get_task(self, request: web.Request) -> web.Response:
        return reply(task_shape(self._host, self._task(request), self.urls))

    async def update_task(self, request: web.Request) -> web.Response:
        task, body = self._task(request), await self._body(request)
        if "status" in body:
            try:
                self._host.change_status(task, str(body["status"]))
            except UnknownStatus as error:
                raise refuse(400, "Status not found", "ITEM_114") from error
        if isinstance(body.get("name"), str):
            task.name = body["name"]
        if isinstance(body.get("description"), str):
            task.description = body["description"]
        if isinstance(body.get("archived"), bool):
            task.archived = body["archived"]
        task.updated_at = time.time()
        return reply(task_shape(self._host, task, self.urls))

    async def create_task(self, request: web.Request) -> web.Response:
        task_list, body = self._list(request), await self._body(request)
        if not isinstance(body.get("name"), str) or not body["name"]:
            raise refuse(400, "Task name invalid", "INPUT_005")
        try:
            task = self._host.add_task(task_list.id, body["name"], status=body.get("status"))
        except UnknownStatus as error:
            raise refuse(400, "Status does not exist", "CRTSK_001") from error
        task.description = str(body.get("description") or "")
        for entry in body.get("custom_fields") or []:
            self._write_field(task, str(entry.get("id")), entry.get("value"))
        return reply(task_shape(self._host, task, self.urls))

    async def list_tasks(self, request: web.Request) -> web.Response:
        task_list = self._list(request)
        return self._tasks_page([t for t in self._host.tasks.values() if t.list_id == task_list.id], request)

    async def team_tasks(self, request: web.Request) -> web.Response:
        wanted = request.query.getall("list_ids[]", [])
        found = [t for t in self._host.tasks.values() if not wanted or t.list_id in wanted]
        return self._tasks_page(found, request)

    def _tasks_page(self, tasks: list[Task], request: web.Request) -> web.Response:
        query = request.query
        found = [t for t in tasks if self._passes(t, query)]
        by_updated = query.get("order_by", "created") == "updated"
        # ClickUp shows the newest first; `reverse` turns that round.
        found.sort(
            key=lambda t: t.updated_at if by_updated else t.created_at, reverse=query.get("reverse") != "true"
        )
        page = int(query.get("page", "0")) if query.get("page", "0").isdigit() else 0
        chosen = found[page * _PAGE : (page + 1) * _PAGE]
        shown = [task_shape(self._host, t, self.urls) for t in chosen]
        for task in shown:
            task.pop("attachments")  # lists come without them
        return reply({"tasks": shown, "last_page": (page + 1) * _PAGE >= len(found)})

    def _passes(self, task: Task, query: MultiMapping[str]) -> bool:
        statuses = {s.lower() for s in (*query.getall("statuses[]", []), *query.getall("statuses", []))}
        status = self._host.lists[task.list_id].status(task.status)
        if statuses and task.status.lower() not in statuses:
            return False
        if not statuses and status.type == "closed" and query.get("include_closed") != "true":
            return False
        if task.archived != (query.get("archived") == "true"):
            return False
        for member, at in (("updated", task.updated_at), ("created", task.created_at)):
            after, before = query.get(f"date_{member}_gt"), query.get(f"date_{member}_lt")
            if (after and millis(at) <= int(after)) or (before and millis(at) >= int(before)):
                return False
        return True

    # Comments, attachments, fields

    async def comments(self, request: web.Request) -> web.Response:
        task = self._task(request)
        newest_first = sorted(task.comments, key=lambda c: c.at, reverse=True)
        start_id = request.query.get("start_id")
        if start_id is not None:
            places = [i for i, c in enumerate(newest_first) if c.id == start_id]
            newest_first = newest_first[places[0] + 1 :] if places else []
        return reply({"comments": [comment_shape(self._host, c) for c in newest_first[:25]]})

    async def add_comment(self, request: web.Request) -> web.Response:
        task, body = self._task(request), await self._body(request)
        blocks = body.get("comment") if isinstance(body.get("comment"), list) else []
        text = str(body.get("comment_text") or "".join(str(b.get("text", "")) for b in blocks or []))
        if not text:
            raise refuse(400, "Comment text required", "COMM_001")
        now = time.time()
        comment_id = str(90_000_000_000 + sum(len(t.comments) for t in self._host.tasks.values()))
        self._host.add_comment(
            task,
            Comment(comment_id, text, now, bool(body.get("notify_all")), body.get("assignee"), blocks or []),
        )
        return reply({"id": comment_id, "hist_id": str(uuid.uuid4()), "date": millis(now)})

    async def add_attachment(self, request: web.Request) -> web.Response:
        task = self._task(request)
        if not request.content_type.startswith("multipart/"):
            raise refuse(400, "Multipart body expected", "UPLOAD_001")
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name not in (
                "attachment",
                "attachment[0]",
                "attachment[]",
            ):
                continue
            title = part.filename or "attachment"
            blob = await self._blobs.receive(part_chunks(part))
            note_body(request, blob.size, {"attachment": title})
            guessed = mimetypes.guess_type(title)[0] or "application/octet-stream"
            extension = title.rpartition(".")[2] if "." in title else "bin"
            attachment = Attachment(
                f"{uuid.uuid4()}.{extension}",
                title,
                part.headers.get("Content-Type") or guessed,
                blob,
                time.time(),
            )
            self._host.add_attachment(task, attachment)
            return reply(attachment_shape(attachment, self.urls))
        raise refuse(400, "No attachment in the body", "UPLOAD_002")

    async def set_field(self, request: web.Request) -> web.Response:
        task, body = self._task(request), await self._body(request)
        self._write_field(task, request.match_info["field_id"], body.get("value"))
        task.updated_at = time.time()
        return reply({})

    def _write_field(self, task: Task, field_id: str, value: object) -> None:
        custom_field = self._host.lists[task.list_id].field_named(field_id)
        if custom_field is None:
            raise refuse(400, "Field not found", "FIELD_016")
        try:
            stored = written_value(custom_field, value, task.values.get(custom_field.id), self._host.users)
        except (ValueError, TypeError) as error:
            raise refuse(400, str(error), "FIELD_011") from error
        task.values[custom_field.id] = stored
        self._host.effect("clickup", "field.set", task.id, field=custom_field.name, value=value)

    async def clear_field(self, request: web.Request) -> web.Response:
        self._task(request).values.pop(request.match_info["field_id"], None)
        return reply({})

    async def get_list(self, request: web.Request) -> web.Response:
        return reply(list_shape(self._host, self._list(request)))

    async def list_fields(self, request: web.Request) -> web.Response:
        return reply({"fields": fields_of_list_shape(self._list(request))})

    # Webhooks

    async def webhooks(self, request: web.Request) -> web.Response:
        return reply(
            {"webhooks": [webhook_shape(self._host, w) for w in self._host.webhooks.registered.values()]}
        )

    async def create_webhook(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        endpoint, events = body.get("endpoint"), body.get("events")
        if not isinstance(endpoint, str) or not endpoint.startswith(("http://", "https://")):
            raise refuse(400, "Webhook endpoint invalid", "WEBHOOK_001")
        if isinstance(events, str):
            events = [events]
        places = {k: str(body[k]) for k in _PLACES if body.get(k) is not None}
        if not isinstance(events, list) or len(places) > 1:
            raise refuse(400, "Events and at most one location are needed", "WEBHOOK_002")
        known = self._host.webhooks.registered.values()
        if any(
            w.endpoint == endpoint and w.location == places and set(w.events) & set(events) for w in known
        ):
            raise refuse(400, "Webhook configuration already exists", "OAUTH_171")
        webhook = self._host.webhooks.register(endpoint, events=[str(e) for e in events], **places)
        self._host.effect("clickup", "webhook.created", webhook.id, endpoint=endpoint)
        return reply({"id": webhook.id, "webhook": webhook_shape(self._host, webhook)})

    async def update_webhook(self, request: web.Request) -> web.Response:
        webhook = self._host.webhooks.registered.get(request.match_info["webhook_id"])
        if webhook is None:
            raise refuse(404, "Webhook not found", "OAUTH_175")
        body = await self._body(request)
        webhook.endpoint = str(body.get("endpoint", webhook.endpoint))
        events = body.get("events", webhook.events)
        webhook.events = [events] if isinstance(events, str) else [str(e) for e in events]
        if body.get("status") == "active":
            webhook.status, webhook.fail_count = "active", 0
        return reply({"id": webhook.id, "webhook": webhook_shape(self._host, webhook)})

    async def delete_webhook(self, request: web.Request) -> web.Response:
        if self._host.webhooks.registered.pop(request.match_info["webhook_id"], None) is None:
            raise refuse(404, "Webhook not found", "OAUTH_175")
        return reply({})
