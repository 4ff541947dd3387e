"""Watching a run to its end: the feed, how it is shown, and the question Ctrl-C asks."""
