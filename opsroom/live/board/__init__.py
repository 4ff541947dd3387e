"""The board, live: one WebSocket for each screen, fed from the event log.

Invariants: a socket is opened by a ticket that is used once and soon, never by a key; who speaks is
whom the ticket was made for, whatever a message says; frames of the log carry its `seq` in ascending
order and resume after any of them without gap or repeat; a screen that does not keep up is told to
take a snapshot and never grows our memory; what is told to one project is never told to another.
Not for: changing anything. Changes go over HTTP and come back here as events.

`board_room.py` is one project in one process: it reads the log once, encodes each frame once and hands
it to the `outbox` of every connection. `presence.py` tells who is there, also across processes.
`lobby.py` lets connections in, and sees to it that they leave.
"""
