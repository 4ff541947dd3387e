"""Custom fields: what a project wants to know of its tasks beyond the usual."""
