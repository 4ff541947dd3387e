"""Delivery: a run's outputs reach every channel once, and trouble reaches a person.

Invariants
- Every outside effect (a comment, a file, a message) is one row of the outbox, unique by owner, channel
  and key. Nothing is sent without its row, and a row that may have been sent is read back before it is
  sent again.
- A failed channel never blocks the others; a failed alert never raises an alert.
- Channels that make links (Drive) go before those that mention them (ClickUp, Slack).

Not for: deciding whether a run succeeded, or when it is delivered (the runs room does both), nor for
keeping the files (artifacts). This room knows nothing of runs but the id it is given.
"""
