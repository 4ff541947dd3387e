"""Workflow: the columns of a project, the ways between them, and the board's settings."""
