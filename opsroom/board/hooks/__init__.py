"""Outgoing webhooks: the board's news, posted to addresses people name, signed by Standard Webhooks.

Invariants: an event becomes one delivery for each hook that wants it, in the commit that moves the cursor
past the event; a delivery keeps its id (`webhook-id`) and its body through every attempt, so a receiver can
tell a repeat; an attempt is noted before it is made and confirmed after it; secrets are sealed, shown once.
Not for: order. Deliveries overtake each other; `data.seq` says which news is older.
"""
