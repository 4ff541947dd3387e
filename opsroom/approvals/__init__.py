"""Approvals: a question to people that a run waits on.

Invariants: an answer is bound to the exact arguments that were shown (their hash); the first
answer wins; an agent never answers its own question; nothing expires before its time on the
database's clock. Not for: passing the answer on to a session (runs does, on the event).
"""
