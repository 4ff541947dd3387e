"""Where notifications go besides the inbox: one adapter for each vendor."""
