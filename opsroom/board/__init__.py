"""The board: where people and agents see and move the work.

Invariants: every row stands under a project and is read through `tx.actor.scope`; a move obeys the
project's workflow; the order in a column is one text rank, the same for all; a stale write is
refused with both versions unless the changed fields differ, then it is merged and the answer says
so; nothing is deleted for good, and each change can be undone from the event that recorded it.
Not for: knowing that runs exist. A task that moved is an event; the rooms above react to it.

Each noun with a life of its own is a folder with the same anatomy: `tasks`, `workflow` (columns and
the project's board settings), `roster` (the agents one can assign), `categories`, `sprints`,
`comments`, `fields` (custom fields), `views` (saved filters), `activity`, and so on. Other rooms
enter through `opsroom.board.api`, `shapes`, `events`, `errors` and `ports` alone.
"""
