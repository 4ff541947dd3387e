"""Stand-in for ClickUp v2: tasks with custom fields, comments, attachments, and signed webhooks.

Invariants: creating a task emits taskCreated and taskStatusUpdated; one event is tried at most five times and
then dropped; an answer of 401 or 410 suspends the webhook at once. Not for: views, goals, time tracking.
"""
