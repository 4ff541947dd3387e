"""Slack's Web API through its own SDK: one attempt per call, errors told apart.

The SDK's retries are off, since the outbox decides about retries; Slack answers most errors with 200
and `ok: false`, and only some of those prove that nothing happened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from opsroom.delivery.channels.slack.settings import SlackSettings
from opsroom.kernel.errors import AdapterError
from opsroom.kernel.shape import Json

if TYPE_CHECKING:  # loaded with the first call: where Slack is not connected, never
    from slack_sdk.errors import SlackApiError
    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

ADAPTER = "slack"
_PAGE = 200
_MAX_PAGES = 25

# Slack's word, and whether the call may have been carried out all the same.
_TRANSIENT = frozenset(
    {
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
        "ratelimited",
    }
)
_HINTS = {
    "channel_not_found": "check the channel in the agent file; a private channel must invite the bot first",
    "not_in_channel": "invite the bot to the channel: /invite @its-name",
    "is_archived": "the channel is archived; name another one in the agent file",
    "invalid_auth": "SLACK_BOT_TOKEN is not valid; install the app again and copy the token (xoxb-…)",
    "not_authed": "SLACK_BOT_TOKEN is empty",
    "token_revoked": "SLACK_BOT_TOKEN was revoked; install the app again and copy the new token",
    "token_expired": "SLACK_BOT_TOKEN has expired",
    "account_inactive": "the Slack account behind SLACK_BOT_TOKEN was deactivated",
}


@dataclass(frozen=True, slots=True)
class Posted:
    """A message by the pair that identifies it."""

    channel: str
    ts: str
    link: str | None


class SlackClient:
    """The calls delivery needs. Raises AdapterError and nothing else."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings
        self._channel_ids: dict[str, str] = {}

    async def post(self, channel: str, text: str, blocks: object, metadata: Json) -> Posted:
        """Post one message. `channel` is an id or a #name."""
        web = self._web()
        answer = await self._call(
            "chat.postMessage",
            lambda: web.chat_postMessage(
                channel=channel,
                text=text,
                blocks=blocks,  # pyright: ignore[reportArgumentType]
                metadata=metadata,  # pyright: ignore[reportArgumentType]
                unfurl_links=False,
                unfurl_media=False,
                parse="none",
            ),
        )
        posted = Posted(str(answer["channel"]), str(answer["ts"]), None)
        return Posted(posted.channel, posted.ts, await self.permalink(posted))

    async def account(self) -> str:
        """Who the token belongs to."""
        web = self._web()
        answer = await self._call("auth.test", web.auth_test)
        return f"{answer.get('user')} in {answer.get('team')}"

    async def permalink(self, message: Posted) -> str | None:
        """Where a person sees the message; None if Slack does not say, which is no failure of posting."""
        web = self._web()
        try:
            answer = await self._call(
                "chat.getPermalink",
                lambda: web.chat_getPermalink(channel=message.channel, message_ts=message.ts),
            )
        except AdapterError:
            return None
        return str(answer.get("permalink") or "") or None

    async def channel_id(self, channel: str) -> str:
        """The id of a channel given by id or name; reading and files want ids."""
        name = channel.removeprefix("#")
        if name == channel and channel[:1] in "CGD" and channel.isalnum() and channel.isupper():
            return channel
        if name not in self._channel_ids:
            async for found in self._channels():
                self._channel_ids[str(found.get("name"))] = str(found.get("id"))
        if name not in self._channel_ids:
            raise _failure(f"Slack shows the bot no channel called #{name}: {_HINTS['channel_not_found']}.")
        return self._channel_ids[name]

    async def _channels(self) -> AsyncIterator[dict[str, Any]]:
        web, kinds = self._web(), "public_channel,private_channel"

        def page(cursor: str) -> Awaitable[AsyncSlackResponse]:
            return web.conversations_list(types=kinds, exclude_archived=True, limit=1000, cursor=cursor)

        async for one in self._pages("conversations.list", page, "channels"):
            yield one

    async def history(self, channel_id: str, oldest: str) -> AsyncIterator[dict[str, Any]]:
        """Messages since `oldest` (a ts), newest first, with their metadata."""
        web = self._web()

        def page(cursor: str) -> Awaitable[AsyncSlackResponse]:
            return web.conversations_history(
                channel=channel_id, oldest=oldest, limit=_PAGE, cursor=cursor, include_all_metadata=True
            )

        async for one in self._pages("conversations.history", page, "messages"):
            yield one

    async def replies(self, channel_id: str, ts: str) -> AsyncIterator[dict[str, Any]]:
        """The messages of a thread."""
        web = self._web()

        def page(cursor: str) -> Awaitable[AsyncSlackResponse]:
            return web.conversations_replies(channel=channel_id, ts=ts, limit=_PAGE, cursor=cursor)

        async for one in self._pages("conversations.replies", page, "messages"):
            yield one

    async def upload(
        self, content: IO[bytes], name: str, size: int, title: str, *, channel_id: str, thread_ts: str | None
    ) -> str:
        """Share a file in three steps, its bytes streamed; the id of the file."""
        web = self._web()
        place = await self._call(
            "files.getUploadURLExternal", lambda: web.files_getUploadURLExternal(filename=name, length=size)
        )
        file_id = str(place["file_id"])
        await self._put_bytes(str(place["upload_url"]), content, size)
        await self._call(
            "files.completeUploadExternal",
            lambda: web.files_completeUploadExternal(
                files=[{"id": file_id, "title": title}], channel_id=channel_id, thread_ts=thread_ts
            ),
        )
        return file_id

    async def _put_bytes(self, url: str, content: IO[bytes], size: int) -> None:
        timeout = aiohttp.ClientTimeout(total=self._settings.upload_timeout_s)
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, data=content, headers=headers, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    permanent = answer.status < 500 and answer.status != 429
                    text = f"Slack's file store answered {answer.status} to the bytes of a file."
                    raise AdapterError(text, adapter=ADAPTER, permanent=permanent)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _silence("the upload", error) from error

    async def _pages(
        self, method: str, page: Callable[[str], Awaitable[AsyncSlackResponse]], member: str
    ) -> AsyncIterator[dict[str, Any]]:
        cursor = ""
        for _ in range(_MAX_PAGES):
            at = cursor
            answer = await self._call(method, lambda at=at: page(at))
            for one in answer.get(member) or []:
                yield one
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    def _web(self) -> AsyncWebClient:
        token = self._settings.bot_token
        if token is None or not token.get_secret_value().strip():
            raise _failure(
                "Slack is not connected: set SLACK_BOT_TOKEN (xoxb-…), or turn slack off in the agent file."
            )
        from slack_sdk.web.async_client import AsyncWebClient

        web = AsyncWebClient(
            token=token.get_secret_value(),
            base_url=self._settings.url,
            timeout=self._settings.timeout_s,  # pyright: ignore[reportArgumentType] - aiohttp takes fractions
            retry_handlers=[],
        )
        if urlsplit(self._settings.url).hostname in ("127.0.0.1", "::1", "localhost"):
            web.proxy = None  # the SDK takes the proxy of the environment also for our own machine
        return web

    async def _call(self, method: str, call: Callable[[], Awaitable[AsyncSlackResponse]]) -> dict[str, Any]:
        from slack_sdk.errors import SlackApiError

        try:
            answer = await call()
        except SlackApiError as error:
            raise _refused(method, error) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _silence(method, error) from error
        data = answer.data
        if not isinstance(data, dict):
            raise _unreadable(method)
        return data


def _refused(method: str, error: SlackApiError) -> AdapterError:
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

    answer = error.response
    if not isinstance(answer, AsyncSlackResponse) or not isinstance(answer.data, dict):
        return _unreadable(method)
    word = str(answer.data.get("error") or "")
    if word == "ratelimited" or answer.status_code == 429:
        wait = _seconds(str(answer.headers.get("Retry-After", ""))) or 1.0
        text = f"Slack asks us to slow down ({method}); again in {wait:.0f} s."
        return AdapterError(text, adapter=ADAPTER, permanent=False, retry_after_s=wait)
    if answer.status_code >= 500 or word in _TRANSIENT or not word:
        return AdapterError(
            f"Slack had a fault of its own at {method} ({word or answer.status_code}).",
            adapter=ADAPTER,
            permanent=False,
        )
    return _failure(f"Slack refused {method}: {_told(word, answer.data)}")


def _told(word: str, data: dict[str, Any]) -> str:
    if word == "missing_scope":
        needed = data.get("needed") or "more"
        return f"the bot's token lacks the scope {needed}; add it to the Slack app and install it again."
    details = (data.get("response_metadata") or {}).get("messages") or []
    more = f" ({'; '.join(map(str, details))})" if details else ""
    return f"{word}: {_HINTS[word]}{more}." if word in _HINTS else f"{word}{more}."


def _failure(text: str) -> AdapterError:
    return AdapterError(text, adapter=ADAPTER, permanent=True)


def _unreadable(method: str) -> AdapterError:
    text = f"Slack's answer to {method} cannot be read; a proxy may have answered in its place."
    return AdapterError(text, adapter=ADAPTER, permanent=False)


def _silence(what: str, error: Exception) -> AdapterError:
    why = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
    return AdapterError(f"Slack could not be reached for {what}: {why}.", adapter=ADAPTER, permanent=False)


def _seconds(text: str) -> float | None:
    try:
        return max(0.0, float(text))
    except ValueError:
        return None
