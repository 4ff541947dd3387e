"""Settings of the live board."""

from __future__ import annotations

from pydantic import Field

from opsroom.kernel.shape import Shape


class LiveSettings(Shape):
    """Sockets of the live board: how many, how fast, and how long they are waited for."""

    ticket_s: float = Field(default=30.0, gt=0, le=300)
    """A ticket opens a socket within this time, once."""
    tickets_at_once: int = Field(default=100, ge=1)
    """Tickets one actor may hold that are neither used nor too late."""
    connections: int = Field(default=3000, ge=1)
    """Sockets of one server process. Each takes one of its 4096 places for requests under way."""
    connections_per_address: int = Field(default=200, ge=1)
    """Sockets from one address (one /64 of IPv6): an office behind one address shares them."""
    connections_per_actor: int = Field(default=30, ge=1)
    """Sockets of one person, agent or app in one server process."""
    messages_per_s: float = Field(default=60.0, gt=0)
    """What a client may say for long; twice as much at once. Beyond it is hung up on (4429)."""
    message_bytes: int = Field(default=4096, ge=256)
    """Largest message of a client; a larger one ends the connection (4400)."""
    idle_s: float = Field(default=60.0, gt=0)
    """A client that says nothing for this long, not even ping, is gone (4408)."""
    queue_frames: int = Field(default=512, ge=16)
    """Frames kept for a slow client, and the most that are replayed after `since`; beyond: a snapshot."""
    drain_s: float = Field(default=15.0, gt=0)
    """A client that has not taken what waits for it within this time is hung up on (4408)."""
    recheck_s: float = Field(default=15.0, gt=0, le=25)
    """How often keys and sessions behind open sockets are looked at, should the news of their end be lost."""
    presence_at_most: int = Field(default=50, ge=1)
    """Connections named in one presence frame; `total` says how many there are."""
