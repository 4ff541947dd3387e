"""Artifacts: the files agents make, kept by the hash of their content.

Invariants: a file is streamed, never held whole in memory; its name is never a path; a ceiling is
kept while writing, not after; what is served cannot run in the reader's browser; bytes go only when
no row points at them. This room does not know runs: an `owner` is any id.
"""
