"""What a request carries through the server: its line in the ledger and the fault it took."""

from aiohttp import web

from opsroom.sandbox.faults import Fault
from opsroom.sandbox.ledger import ReceivedRequest


class Passage:
    """One request on its way through the sandbox."""

    def __init__(self, entry: ReceivedRequest, fault: Fault | None) -> None:
        self.entry = entry
        self.fault = fault


PASSAGE: web.RequestKey[Passage] = web.RequestKey("passage", Passage)


def fault_of(request: web.Request) -> Fault | None:
    passage = request.get(PASSAGE)
    return passage.fault if passage else None


def note_body(request: web.Request, size: int, body: object = None) -> None:
    """Tell the ledger about a body that was streamed past it."""
    passage = request.get(PASSAGE)
    if passage is not None:
        passage.entry.body_size = size
        if body is not None:
            passage.entry.body = body
