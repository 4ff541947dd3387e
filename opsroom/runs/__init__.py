"""Runs: one execution of an agent, from the accepted trigger to delivered files.

A run is a durable workflow over rows of ours: its state, its events, its money. Invariants: one
session per run, whatever fails; every event stored once, numbered without gaps; no outside call
inside a transaction; a run keeps the agent version it began with. Not for: deciding that a run
should start (triggers), or carrying its files anywhere (delivery).
"""
