"""Saved views: a filter, an order and a layout under a name, one's own or shared with the project."""
