"""The sources triggers come from: one folder each, everything about it inside."""
