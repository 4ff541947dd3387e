"""Cards: tasks as the board shows them, one by one for the live feed and all at once for the snapshot."""
