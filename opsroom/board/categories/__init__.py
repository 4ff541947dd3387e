"""Categories: what kind of work a task is."""
