"""Activity: the board's events told to people, the day's summary, and undoing what an event did."""
