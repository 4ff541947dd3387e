"""Recurring tasks: a template and an iCalendar rule, one task for each occurrence, exactly once."""
