"""Readers, one for each source: its JSON or table in, drafts out, and every doubt named. Pure.

A reader never fails over one task: what it cannot read of it is a misfit, and the rest comes along.
"""
