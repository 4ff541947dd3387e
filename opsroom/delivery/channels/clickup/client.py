"""ClickUp's API v2 (there is no official SDK): the calls delivery and triggers need; writes go out once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

import aiohttp

from opsroom.delivery.channels.clickup.settings import ClickUpSettings
from opsroom.delivery.channels.render import since_ms
from opsroom.kernel.answers import HttpFailure
from opsroom.kernel.breaker import Breakers
from opsroom.kernel.clock import Clock
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.outbound import Outbound, OutboundLimits, path_of

ADAPTER = "clickup"
_CUSTOM_ID = re.compile(r"[A-Z][A-Z0-9]*-[0-9]+")
_COMMENT_PAGES = 40
_TASK_PAGES = 10

Record = dict[str, Any]


class ClickUpClient:
    """Raises AdapterError, and Limited where ClickUp asks to slow down; nothing else."""

    def __init__(self, settings: ClickUpSettings, clock: Clock) -> None:
        self._settings = settings
        breakers = Breakers(clock)

        def outbound(attempts: int, total_s: float) -> Outbound:
            limits = OutboundLimits(attempts=attempts, read_s=total_s, total_s=total_s, longest_wait_s=10.0)
            return Outbound(ADAPTER, settings.url, limits=limits, breakers=breakers, clock=clock)

        # Writes go out once: whether they are repeated is the outbox's decision, after reading back.
        self._reading = outbound(3, settings.timeout_s)
        self._writing = outbound(1, settings.timeout_s)
        self._uploading = outbound(1, settings.upload_timeout_s)

    async def close(self) -> None:
        for outbound in (self._reading, self._writing, self._uploading):
            await outbound.close()

    async def account(self) -> str:
        """Who the token belongs to."""
        user = (await self._read("/v2/user", {})).get("user")
        return str(user.get("username")) if isinstance(user, dict) else "somebody"

    # Tasks

    async def task(self, task_id: str) -> Record:
        """A task with its custom fields and attachments."""
        try:
            return await self._read(path_of("v2", "task", task_id), self._id_kind(task_id))
        except HttpFailure as error:
            raise _explained(error, task_id) from error

    async def set_status(self, task_id: str, status: str) -> Record:
        """Move a task to the status of that name."""
        try:
            answer = await self._writing.call_json(
                "PUT",
                path_of("v2", "task", task_id),
                params=self._id_kind(task_id),
                json={"status": status},
                headers=self._headers(),
                check=_error_in_answer,
            )
        except HttpFailure as error:
            if error.status == 400:
                said = (
                    f"ClickUp does not take the status {status!r} for task {task_id}: its list must have one "
                )
                text = f"{said}of that name, or the agent file must name another. {error.message}"
                raise _like(error, text) from error
            raise _explained(error, task_id) from error
        return _record(answer, "the change of a task")

    async def tasks_of_list(
        self, list_id: str, statuses: Sequence[str], updated_after: datetime | None
    ) -> AsyncIterator[Record]:
        """Tasks of a list, oldest change first, closed and sub-tasks too; at most 1,000."""
        params: dict[str, str | int | Sequence[str]] = {
            "order_by": "updated",
            "reverse": "true",
            "include_closed": "true",
            "subtasks": "true",
        }
        if statuses:
            params["statuses[]"] = list(statuses)
        if updated_after is not None:
            params["date_updated_gt"] = str(int(updated_after.timestamp() * 1000))
        for page in range(_TASK_PAGES):
            answer = await self._read(path_of("v2", "list", list_id, "task"), {**params, "page": page})
            tasks = answer.get("tasks") or []
            for task in tasks:
                yield task
            if answer.get("last_page", len(tasks) < 100):
                return

    # Comments and files

    async def add_comment(self, task_id: str, text: str) -> str:
        """Comment on a task; the comment's id."""
        try:
            answer = await self._writing.call_json(
                "POST",
                path_of("v2", "task", task_id, "comment"),
                params=self._id_kind(task_id),
                json={"comment_text": text, "notify_all": False},
                headers=self._headers(),
                check=_error_in_answer,
            )
        except HttpFailure as error:
            raise _explained(error, task_id) from error
        return _id_of(answer, "a comment")

    async def find_comment(self, task_id: str, marker: str, since: datetime | None) -> str | None:
        """The id of the newest comment that carries `marker`, not looking before `since`."""
        params = self._id_kind(task_id)
        oldest = since_ms(since) if since else 0
        for _ in range(_COMMENT_PAGES):
            answer = await self._read(path_of("v2", "task", task_id, "comment"), params)
            comments: list[Record] = answer.get("comments") or []
            for comment in comments:
                if marker in str(comment.get("comment_text") or ""):
                    return str(comment.get("id"))
            if not comments or _milliseconds(comments[-1].get("date")) < oldest:
                return None
            last = comments[-1]
            params = {**params, "start": str(last.get("date")), "start_id": str(last.get("id"))}
        return None

    async def attach(self, task_id: str, content: IO[bytes], name: str, media_type: str) -> Record:
        """Attach a file to a task, streamed from `content`."""

        def form() -> aiohttp.FormData:
            content.seek(0)
            made = aiohttp.FormData(quote_fields=False)
            made.add_field("attachment", content, filename=name, content_type=media_type)
            return made

        try:
            answer = await self._uploading.call_json(
                "POST",
                path_of("v2", "task", task_id, "attachment"),
                params=self._id_kind(task_id),
                body=form,
                headers=self._headers(),
                check=_error_in_answer,
            )
        except HttpFailure as error:
            raise _explained(error, task_id) from error
        _id_of(answer, "an attachment")
        return _record(answer, "an attachment")

    async def find_attachment(self, task_id: str, name: str, size: int, since: datetime) -> Record | None:
        """An attachment of that name and size, made since then."""
        for one in (await self.task(task_id)).get("attachments") or []:
            same_size = one.get("size") in (None, size, str(size))
            if one.get("title") == name and same_size and _milliseconds(one.get("date")) >= since_ms(since):
                return one
        return None

    # How

    async def _read(self, path: str, params: Mapping[str, str | int | Sequence[str]]) -> Record:
        answer = await self._reading.call_json(
            "GET", path, params=params, headers=self._headers(), check=_error_in_answer
        )
        return _record(answer, path)

    def _headers(self) -> dict[str, str]:
        token = self._settings.api_token
        if token is None or not token.get_secret_value().strip():
            raise AdapterError(
                "ClickUp is not connected: set CLICKUP_API_TOKEN (pk_…), or turn clickup off in the agent "
                "file.",
                adapter=ADAPTER,
                permanent=True,
            )
        value = token.get_secret_value().strip()
        # A personal token stands alone; only OAuth tokens are bearers.
        return {"Authorization": value if value.startswith("pk_") else f"Bearer {value}"}

    def _id_kind(self, task_id: str) -> dict[str, str]:
        """Custom ids such as SEO-12 are looked up in a workspace."""
        if self._settings.workspace_id and _CUSTOM_ID.fullmatch(task_id):
            return {"custom_task_ids": "true", "team_id": self._settings.workspace_id}
        return {}


def _explained(error: HttpFailure, task_id: str) -> HttpFailure:
    if error.status == 404:
        text = f"ClickUp has no task {task_id}, or the account of CLICKUP_API_TOKEN cannot see it."
        return _like(error, f"{text} {error.message}")
    if error.status == 401:
        text = f"ClickUp does not accept CLICKUP_API_TOKEN for task {task_id}. {error.message}"
        return _like(error, text)
    return error


def _like(error: HttpFailure, text: str) -> HttpFailure:
    return HttpFailure(
        text,
        adapter=ADAPTER,
        permanent=error.permanent,
        status=error.status,
        body=error.body,
        retry_after_s=error.retry_after_s,
    )


def _error_in_answer(answer: object) -> str | None:
    """ClickUp can say 200 and carry an error."""
    if isinstance(answer, dict) and ("ECODE" in answer or ("err" in answer and "id" not in answer)):
        return f"{answer.get('err') or 'an error'} ({answer.get('ECODE') or 'no code'})"
    return None


def _record(answer: object, what: str) -> Record:
    if isinstance(answer, dict):
        return answer
    raise _unreadable(what)


def _id_of(answer: object, what: str) -> str:
    found = _record(answer, what).get("id")
    if not isinstance(found, str | int) or isinstance(found, bool):
        raise _unreadable(what)
    return str(found)


def _unreadable(what: str) -> AdapterError:
    return AdapterError(f"ClickUp's answer for {what} cannot be read.", adapter=ADAPTER, permanent=False)


def _milliseconds(value: object) -> int:
    """ClickUp gives times as text or number of milliseconds; 0 for anything else."""
    text = str(value)
    return int(text) if text.isdigit() else 0
