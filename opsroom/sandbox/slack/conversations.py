"""conversations.* and users.*: finding channels and people, reading messages back."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from opsroom.sandbox.slack.chat import message_shape, refuse
from opsroom.sandbox.slack.state import BOT_USER, TEAM_ID, Channel, Message, Slack, User
from opsroom.sandbox.wire import JsonObject

_Item = TypeVar("_Item")


class Conversations:
    def __init__(self, host: Slack, urls: Callable[[], str]) -> None:
        self._host = host
        self._urls = urls

    def methods(self) -> dict[str, Callable[[JsonObject], JsonObject]]:
        return {
            "conversations.list": self.list_all,
            "conversations.info": self.info,
            "conversations.history": self.history,
            "conversations.replies": self.replies,
            "conversations.join": self.join,
            "conversations.open": self.open,
            "users.list": self.users,
            "users.info": self.user_info,
            "users.lookupByEmail": self.lookup,
        }

    def _channel(self, args: JsonObject) -> Channel:
        # Reading wants an id; only chat.postMessage also takes a name.
        channel = self._host.channels.get(str(args.get("channel") or ""))
        if channel is None:
            raise refuse("channel_not_found")
        return channel

    def list_all(self, args: JsonObject) -> JsonObject:
        kinds = str(args.get("types") or "public_channel").split(",")
        without_archived = str(args.get("exclude_archived")).lower() in ("true", "1")
        found = [
            c
            for c in self._host.channels.values()
            if _kind(c) in kinds and not (without_archived and c.is_archived)
        ]
        page, following = _page(found, args, 100)
        return {"channels": [channel_shape(c) for c in page], "response_metadata": {"next_cursor": following}}

    def info(self, args: JsonObject) -> JsonObject:
        return {"channel": channel_shape(self._channel(args))}

    def history(self, args: JsonObject) -> JsonObject:
        channel = self._channel(args)
        if not channel.is_member:
            raise refuse("not_in_channel")
        found = [
            m for m in self._host.in_channel(channel.id) if m.thread_ts in (None, m.ts) and not m.only_for
        ]
        return self._messages_page(found[::-1], args)

    def replies(self, args: JsonObject) -> JsonObject:
        channel, thread_ts = self._channel(args), str(args.get("ts") or "")
        found = [m for m in self._host.in_channel(channel.id) if thread_ts in (m.ts, m.thread_ts)]
        if not found:
            raise refuse("thread_not_found")
        return self._messages_page(found, args)

    def _messages_page(self, messages: list[Message], args: JsonObject) -> JsonObject:
        oldest, latest = str(args.get("oldest") or "0"), str(args.get("latest") or "9999999999")
        inclusive = str(args.get("inclusive")).lower() in ("true", "1")
        found = [m for m in messages if _between(float(m.ts), float(oldest), float(latest), inclusive)]
        with_metadata = str(args.get("include_all_metadata")).lower() in ("true", "1")
        page, following = _page(found, args, 100)
        return {
            "messages": [message_shape(self._host, m, with_metadata) for m in page],
            "has_more": bool(following),
            "pin_count": 0,
            "channel_actions_ts": None,
            "channel_actions_count": 0,
            "response_metadata": {"next_cursor": following},
        }

    def join(self, args: JsonObject) -> JsonObject:
        channel = self._channel(args)
        if channel.is_private:
            raise refuse("method_not_supported_for_channel_type")
        channel.is_member = True
        return {"channel": channel_shape(channel)}

    def open(self, args: JsonObject) -> JsonObject:
        user_id = str(args.get("users") or "").split(",")[0]
        if user_id not in self._host.users:
            raise refuse("user_not_found")
        channel, known = self._host.open_dm(user_id)
        return {"channel": {"id": channel.id}, "no_op": known, "already_open": known}

    def users(self, args: JsonObject) -> JsonObject:
        page, following = _page(list(self._host.users.values()), args, 100)
        return {"members": [user_shape(u) for u in page], "response_metadata": {"next_cursor": following}}

    def user_info(self, args: JsonObject) -> JsonObject:
        user = self._host.users.get(str(args.get("user") or ""))
        if user is None:
            raise refuse("user_not_found")
        return {"user": user_shape(user)}

    def lookup(self, args: JsonObject) -> JsonObject:
        email = str(args.get("email") or "").lower()
        user = next((u for u in self._host.users.values() if u.email.lower() == email), None)
        if user is None:
            raise refuse("users_not_found")
        return {"user": user_shape(user)}


def _between(ts: float, oldest: float, latest: float, inclusive: bool) -> bool:
    return oldest <= ts <= latest if inclusive else oldest < ts < latest


def _page(items: Sequence[_Item], args: JsonObject, default: int) -> tuple[Sequence[_Item], str]:
    """A page and the cursor of the next one, empty at the end."""
    cursor, limit = str(args.get("cursor") or "0"), str(args.get("limit") or default)
    if not cursor.isdigit():
        raise refuse("invalid_cursor")
    start, size = int(cursor), max(1, min(1000, int(limit) if limit.isdigit() else default))
    following = str(start + size) if start + size < len(items) else ""
    return items[start : start + size], following


def _kind(channel: Channel) -> str:
    if channel.user:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def channel_shape(channel: Channel) -> JsonObject:
    note = {"value": "", "creator": "", "last_set": 0}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.user and not channel.is_private,
        "is_group": False,
        "is_im": bool(channel.user),
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": False,
        "is_member": channel.is_member,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "created": channel.created,
        "creator": BOT_USER,
        "topic": note,
        "purpose": note,
        "num_members": 2,
    }


def user_shape(user: User) -> JsonObject:
    return {
        "id": user.id,
        "team_id": TEAM_ID,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "is_bot": False,
        "profile": {
            "display_name": user.name,
            "display_name_normalized": user.name,
            "real_name": user.real_name,
            "email": user.email,
        },
    }
