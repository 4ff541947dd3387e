"""Agents: what each agent is, as one JSON file, and every version that file ever had.

Invariants: a version never changes once it is written; an invalid file is told with all its
mistakes at once and the version before it keeps serving; a run reads the version it began with.
This room does not run agents (runs), start them (triggers) or hold their credentials (vault).
"""
