"""Triggers: what starts runs, exactly once.

Invariants: a delivery is judged, stored and answered in one commit before any outside call; one
transition of a task starts at most one run, whatever is sent again or arrives late; nothing that
was sent to us is lost, and what it came to can be looked at and tried again. Not for: carrying a
run out.
"""
