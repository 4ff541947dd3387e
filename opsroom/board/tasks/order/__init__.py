"""The order of cards in a column, as the database keeps it; the ranks themselves are in `ranks`."""
