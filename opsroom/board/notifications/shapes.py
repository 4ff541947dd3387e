"""What crosses the door of notifications."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from opsroom.board.shapes import TaskRef
from opsroom.kernel.shape import Shape

Kind = Literal[
    "assigned",
    "mentioned",
    "comment",
    "status_changed",
    "due_soon",
    "overdue",
    "sprint_started",
    "sprint_completed",
    "automation",
    "automation_failed",
]
Channel = Literal["in_app", "slack", "discord", "email"]
Outside = Literal["slack", "discord", "email"]
Pace = Literal["now", "digest", "off"]
Clock = Annotated[str, StringConstraints(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$")]
ZoneName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Address = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]{1,190}$")]
Paces = Annotated[dict[Channel, Pace], Field(max_length=4)]


class Notification(Shape):
    """Something a person was told. `text` is plain: what people wrote in it is shown as text."""

    id: str
    kind: Kind
    title: str
    text: str
    task: TaskRef | None
    actor_id: str
    at: datetime
    read_at: datetime | None


class Inbox(Shape):
    """A page of somebody's notifications, the newest first, and how many are unread in all."""

    unread: int
    notifications: tuple[Notification, ...]


class MarkRead(Shape):
    """Which of one's notifications are read: these, or all. `read` false makes them unread again."""

    ids: Annotated[tuple[Annotated[str, StringConstraints(max_length=60)], ...], Field(max_length=500)] = ()
    all: bool = False
    read: bool = True


class Marked(Shape):
    """How many changed, and how many are unread now."""

    changed: int
    unread: int


class QuietHours(Shape):
    """Nothing is sent from `start` to `end` (by the person's clock, over midnight if need be); it waits. The
    inbox is never quiet."""

    start: Clock
    end: Clock


class Preferences(Shape):
    """What a person wants to hear, where and when. `choices` has a pace for each kind and channel; what is
    absent keeps its default. `digest_hour` is when the digest of the day is sent, by the person's clock.

    `version` is the one the change was made on, 0 where nothing was chosen yet. `slack_id` is a member
    id (U…) or channel (C…); `discord_id` the numeric id to mention; `email` an address
    other than the account's.
    """

    choices: Annotated[dict[Kind, Paces], Field(max_length=20)] = Field(default_factory=dict)
    time_zone: ZoneName | None = None
    quiet_hours: QuietHours | None = None
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 8
    slack_id: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,30}$")] | None = None
    discord_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{5,25}$")] | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]{1,190}$")] | None = (
        None
    )
    version: Annotated[int, Field(ge=0, le=2_147_483_647)] | None = None


class PreferencesInForce(Shape):
    """A person's preferences with every default filled in. `channels`: null where one works, else why not."""

    choices: dict[Kind, dict[Channel, Pace]]
    time_zone: str
    quiet_hours: QuietHours | None
    digest_hour: int
    slack_id: str | None
    discord_id: str | None
    email: str | None
    channels: dict[Channel, str | None]
    version: int


class ChannelTest(Shape):
    """The channel a test message shall go to: to where one's saved preferences say."""

    channel: Outside


class ChannelTested(Shape):
    """What became of a test message. `unknown`: it may have arrived. `reason` and `advice` say why it was not
    delivered and what to do; `receipt` is the vendor's proof that it was."""

    channel: Outside
    outcome: Literal["delivered", "failed", "unknown"]
    address: str | None
    receipt: str | None
    reason: str | None
    advice: str | None
