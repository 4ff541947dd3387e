"""Automations: when something happens, if the task fits, then do this.

Invariants: a rule fires at most once for one task in one chain of events; a chain ends at a fixed depth; a
rule has a ceiling per hour; each stop is a line of the rule's log. What a firing does is one commit.
"""
