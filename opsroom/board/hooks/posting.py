"""One attempt on the wire: posted once, never redirected, and what the answer was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opsroom.board.hooks.rules import excerpt
from opsroom.board.hooks.settings import HookSettings
from opsroom.board.hooks.shapes import AttemptOutcome
from opsroom.kernel.breaker import BreakerOpen, Breakers
from opsroom.kernel.clock import Clock
from opsroom.kernel.egress import EgressPolicy, EgressRefused, check_url, guarded_connector
from opsroom.kernel.errors import AdapterError, Invalid, Limited, Problem
from opsroom.kernel.outbound import HttpFailure, Outbound, OutboundLimits
from opsroom.kernel.redact import redact_text

_REST_AFTER = 20
_ANSWER_BYTES = 64 * 1024
_CONNECTIONS = 64  # as many as durable works run at once: none waits for a connection within its time


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an attempt. `counts` is False when nothing was tried: the host is given a rest."""

    outcome: AttemptOutcome
    status: int | None = None
    excerpt: str | None = None
    error: str | None = None
    asked_s: float | None = None
    counts: bool = True

    @property
    def delivered(self) -> bool:
        return self.outcome == "delivered"


class Poster:
    """Posts bodies to addresses that people gave, past the egress guard."""

    def __init__(self, settings: HookSettings, clock: Clock) -> None:
        self._policy = EgressPolicy(allow_private=settings.allow_private)
        limits = OutboundLimits(
            connect_s=min(5.0, settings.answer_within_s),
            read_s=settings.answer_within_s,
            total_s=settings.answer_within_s,
            attempts=1,
            answer_bytes=_ANSWER_BYTES,
        )
        # Addresses are given whole with each call; the base stands for "nowhere by itself".
        self._outbound = Outbound(
            "webhook",
            "https://webhooks.invalid",
            limits=limits,
            clock=clock,
            # Patient: many people's receivers may share one host, and one of them fails for all.
            breakers=Breakers(clock, threshold=_REST_AFTER),
            connector=lambda: guarded_connector(settings.allow_private, limit=_CONNECTIONS),
        )

    def check(self, url: str) -> tuple[Problem, ...]:
        """What is wrong with an address, before anything is posted there."""
        try:
            check_url(url, self._policy)
        except (Invalid, EgressRefused) as refusal:
            return (Problem("url", refusal.message),)
        if not self._policy.allow_private and not url.lower().startswith("https://"):
            return (Problem("url", "must begin with https://: what is posted there is not for everybody"),)
        return ()

    async def post(self, url: str, body: str, headers: Mapping[str, str]) -> Answer:
        """Post once. Never raises for what the other side does."""
        if problems := self.check(url):
            return Answer("not_allowed", error=problems[0].message)
        data = body.encode()
        try:
            reply = await self._outbound.call(
                "POST", url, body=lambda: data, headers=headers, repeatable=True
            )
        except (AdapterError, Limited, EgressRefused) as error:
            return _of_error(error)
        return Answer("delivered", reply.status, _text(reply.body.decode("utf-8", "replace")))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._outbound.close()


def _of_error(error: AdapterError | Limited | EgressRefused) -> Answer:
    match error:
        case HttpFailure():
            return _of_failure(error)
        case BreakerOpen():
            return Answer("unreachable", error=error.message, asked_s=error.retry_after_s, counts=False)
        case Limited():
            return Answer("refused", 429, error=error.message, asked_s=error.retry_after_s)
        case EgressRefused():
            return Answer("not_allowed", error=error.message)
        case _:
            return Answer("unreachable", error=redact_text(error.message))


def _of_failure(failure: HttpFailure) -> Answer:
    said = _text(failure.body)
    if failure.status < 300:  # it took it, and said more than we read
        return Answer("delivered", failure.status, said)
    outcome: AttemptOutcome = "gone" if failure.status == 410 else "refused"
    message = redact_text(failure.message)
    return Answer(outcome, failure.status, said, message, failure.retry_after_s)


def _text(said: str) -> str:
    return excerpt(redact_text(said))
