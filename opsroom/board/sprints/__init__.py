"""Sprints: a span of days with a goal, begun and completed by somebody, what is not done carried over."""
