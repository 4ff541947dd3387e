"""The contract of `opsroom.channels`: subclass `ChannelKit`, say how to reach your service, run pytest.

    class TestMyChannel(ChannelKit):
        @pytest.fixture
        async def subject(self) -> ChannelSubject:
            return ChannelSubject(channel=…, order=sample_order(my_channel={"enabled": True}), …)

The kit plans, sends and finds like the room does, but without the room: what it proves is that a channel
can be driven safely by anyone who keeps to the port.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from opsroom.delivery.ports import Channel, Job, Link, PlannedItem, Receipt
from opsroom.delivery.shapes import DeliveryOrder, OutputRef, Priority, RunSummary
from opsroom.kernel.errors import AdapterError, Limited
from opsroom.kernel.ids import new_id

CONTENTS = {
    "audit.json": (b'{"score": 71}', "application/json"),
    "audit.md": ("# Audit\n\n- Ünïcode\n".encode(), "text/markdown"),
}


class BlobsInMemory:
    """`Blobs` over a dictionary, in small pieces."""

    def __init__(self, contents: Sequence[bytes] = ()) -> None:
        self._contents = {hashlib.sha256(c).hexdigest(): c for c in contents}

    async def open_stream(self, sha256: str) -> AsyncIterator[bytes]:
        content = self._contents[sha256]

        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(content), 1000):
                yield content[at : at + 1000]

        return pieces()


class MemoryInMemory:
    """`Memory` over a dictionary."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def recall(self, key: str) -> str | None:
        return self._values.get(key)

    async def remember(self, key: str, value: str) -> None:
        assert len(key) <= 500, "a key is at most 500 characters"
        assert len(value) <= 500, "a value is at most 500 characters"
        self._values[key] = value

    @asynccontextmanager
    async def holding(self, key: str) -> AsyncIterator[None]:
        async with self._locks.setdefault(key, asyncio.Lock()):
            yield


def output_ref(
    name: str, content: bytes, media_type: str = "text/plain", title: str | None = None
) -> OutputRef:
    """An output as the runs room would name it."""
    return OutputRef(
        artifact_id=new_id("art"),
        name=name,
        media_type=media_type,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        title=title,
    )


def sample_order(**channels: dict[str, object]) -> DeliveryOrder:
    """A finished run with two outputs, to be delivered on `channels` (name to options)."""
    return DeliveryOrder(
        run_id=new_id("run"),
        agent_name="sentinel",
        agent_display_name="SEO Sentinel",
        agent_version="1.0.0",
        client_id="shamrock-detailing-columbus",
        client_name="Shamrock Detailing (Columbus, OH)",
        channels={name: {"enabled": True, **options} for name, options in channels.items()},
        outputs=tuple(output_ref(n, c, m, title=n.upper()) for n, (c, m) in CONTENTS.items()),
        summary=RunSummary(
            headline="Audit complete",
            score=71,
            max_score=100,
            priorities=(Priority(severity="P1", text="Add 8 missing GBP services"),),
        ),
        started_at=datetime.now(UTC),
        duration_s=1394.0,
        cost_micro_usd=1_820_000,
        run_url="https://opsroom.example/runs/1",
    )


@dataclass
class ChannelSubject:
    """A channel in its surroundings.

    `effects` counts what came to exist outside (messages, files, …). `refuse` makes the service refuse
    the next call for good, `interrupt` makes it fail as if it were down, `lose_reply` lets the next
    effect happen and cuts the connection before the answer. Leave one None where the service cannot.
    """

    channel: Channel
    order: DeliveryOrder
    effects: Callable[[], int]
    refuse: Callable[[], None] | None = None
    interrupt: Callable[[], None] | None = None
    lose_reply: Callable[[], None] | None = None
    links: Sequence[Link] = ()
    blobs: BlobsInMemory = field(default_factory=lambda: BlobsInMemory([c for c, _ in CONTENTS.values()]))
    memory: MemoryInMemory = field(default_factory=MemoryInMemory)
    receipts: dict[str, Receipt] = field(default_factory=dict)

    def job(self) -> Job:
        return Job(self.order.run_id, self.order.started_at, dict(self.receipts), self.blobs, self.memory)

    def planned(self) -> list[PlannedItem]:
        """The plan, marked as the room marks it."""
        items = self.channel.plan(self.order, self.links)
        name = self.channel.name
        return [
            item.model_copy(update={"marker": f"{self.order.run_id}:{name}:{item.key}"}) for item in items
        ]

    async def send(self, item: PlannedItem) -> Receipt:
        receipt = await self.channel.send(item, self.job())
        self.receipts[item.key] = receipt
        return receipt


class ChannelKit:
    """The tests. A subclass provides the fixture `subject`."""

    def test_plan_is_pure(self, subject: ChannelSubject) -> None:
        before = subject.effects()
        first = subject.channel.plan(subject.order, subject.links)
        assert first == subject.channel.plan(subject.order, subject.links)
        assert subject.effects() == before
        assert first, "an order with outputs plans something"

    def test_plan_can_be_kept_and_carried_out_in_order(self, subject: ChannelSubject) -> None:
        seen: set[str] = set()
        for item in subject.planned():
            assert item.key not in seen, "keys are unique within a channel"
            assert len(item.key) <= 400
            assert set(item.requires) <= seen, "an item requires only what stands before it"
            assert json.loads(json.dumps(item.body)) == item.body, "a body is plain JSON"
            assert item.label
            assert item.kind
            seen.add(item.key)

    async def test_nothing_is_found_before_it_is_sent(self, subject: ChannelSubject) -> None:
        for item in subject.planned():
            if not item.requires:
                assert await subject.channel.find(item, subject.job()) is None

    async def test_what_was_sent_is_found_with_its_receipt(self, subject: ChannelSubject) -> None:
        items = subject.planned()
        for item in items:
            sent = await subject.send(item)
            found = await subject.channel.find(item, subject.job())
            assert found is not None, f"{item.key} was sent and is not found again"
            assert found.id == sent.id
        assert subject.effects() >= 1

    async def test_an_effect_whose_reply_was_lost_is_found(self, subject: ChannelSubject) -> None:
        if subject.lose_reply is None:
            pytest.skip("the service cannot lose a reply")
        for item in subject.planned():
            before = subject.effects()
            subject.lose_reply()
            try:
                await subject.send(item)
            except AdapterError as error:
                assert not error.permanent, "silence proves nothing, so it is not permanent"
                assert error.retry_after_s is None, "a pause would say that the call was not accepted"
                found = await subject.channel.find(item, subject.job())
                subject.receipts[item.key] = found or await subject.send(item)
            assert subject.effects() <= before + 1, f"{item.key} exists twice"

    async def test_a_refusal_is_permanent(self, subject: ChannelSubject) -> None:
        if subject.refuse is None:
            pytest.skip("the service cannot refuse")
        before = subject.effects()
        subject.refuse()
        with pytest.raises(AdapterError) as caught:
            await subject.send(subject.planned()[0])
        assert caught.value.permanent
        assert subject.effects() == before

    async def test_a_breakdown_is_transient(self, subject: ChannelSubject) -> None:
        if subject.interrupt is None:
            pytest.skip("the service cannot break down")
        item = subject.planned()[0]
        subject.interrupt()
        with pytest.raises((AdapterError, Limited)) as caught:
            await subject.send(item)
        assert not getattr(caught.value, "permanent", False)
        assert await subject.channel.find(item, subject.job()) is None
        await subject.send(item)
