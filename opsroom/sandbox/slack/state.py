"""Channels, users, messages and files of the Slack stand-in."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from opsroom.sandbox.blobs import Blob
from opsroom.sandbox.wire import JsonObject, new_id

BOT_USER = "U0SANDBOXBOT"
BOT_ID = "B0SANDBOX1"
TEAM_ID = "T0SANDBOX1"


@dataclass(slots=True)
class Channel:
    id: str
    name: str
    is_member: bool = True
    is_archived: bool = False
    is_private: bool = False
    user: str = ""  # the person of a direct message
    created: int = 1_700_000_000


@dataclass(slots=True)
class User:
    id: str
    name: str
    real_name: str
    email: str


@dataclass(slots=True)
class SlackFile:
    id: str
    name: str
    length: int
    title: str = ""
    blob: Blob | None = None
    completed: bool = False
    created: float = 0.0


@dataclass(slots=True)
class Message:
    channel: str
    ts: str
    text: str
    blocks: list[JsonObject] = field(default_factory=list)
    metadata: JsonObject | None = None
    thread_ts: str | None = None
    files: list[str] = field(default_factory=list)
    edited_ts: str | None = None
    deleted: bool = False
    attachments: list[JsonObject] = field(default_factory=list)
    only_for: str = ""  # the person an ephemeral message is shown to


class Slack:
    def __init__(self, on_effect: Callable[..., object]) -> None:
        self.channels: dict[str, Channel] = {}
        self.users: dict[str, User] = {}
        self.messages: list[Message] = []
        self.files: dict[str, SlackFile] = {}
        self.effect = on_effect
        self._last_ts = 0

    def add_channel(
        self, name: str, channel_id: str = "", is_member: bool = True, is_archived: bool = False
    ) -> Channel:
        channel = Channel(channel_id or _fixed_id("C", name), name.lstrip("#"), is_member, is_archived)
        self.channels[channel.id] = channel
        return channel

    def add_user(self, name: str, real_name: str, email: str) -> User:
        user = User(_fixed_id("U", name), name, real_name, email)
        self.users[user.id] = user
        return user

    def find_channel(self, name_or_id: str) -> Channel | None:
        """By id, or by name with or without its #."""
        if name_or_id in self.channels:
            return self.channels[name_or_id]
        name = name_or_id.removeprefix("#")
        return next((c for c in self.channels.values() if c.name == name and not c.user), None)

    def open_dm(self, user_id: str) -> tuple[Channel, bool]:
        channel_id = "D" + user_id[1:]
        known = channel_id in self.channels
        if not known:
            self.channels[channel_id] = Channel(
                channel_id, f"dm-{user_id.lower()}", is_private=True, user=user_id
            )
        return self.channels[channel_id], known

    def next_ts(self) -> str:
        """Microseconds since 1970, never the same twice."""
        self._last_ts = max(int(time.time() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def post(self, message: Message) -> Message:
        self.messages.append(message)
        name = self.channels[message.channel].name
        self.effect("slack", "message.posted", message.ts, channel=name, text=message.text[:500])
        return message

    def in_channel(self, name_or_id: str) -> list[Message]:
        channel = self.find_channel(name_or_id)
        if channel is None:
            return []
        return [m for m in self.messages if m.channel == channel.id and not m.deleted]

    def find_message(self, channel: str, ts: str) -> Message | None:
        return next((m for m in self.messages if m.channel == channel and m.ts == ts and not m.deleted), None)

    def start_file(self, name: str, length: int) -> SlackFile:
        file = SlackFile(new_id("F"), name, length, created=time.time())
        self.files[file.id] = file
        return file


def _fixed_id(prefix: str, name: str) -> str:
    """An id that looks like Slack's and is the same at every start."""
    number = int.from_bytes(name.encode()[:16].rjust(16, b"\0")) * 2654435761 % 36**9
    letters = ""
    for _ in range(9):
        number, rest = divmod(number, 36)
        letters += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest]
    return f"{prefix}0{letters}"
