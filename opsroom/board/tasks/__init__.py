"""Tasks: the cards, their fields, their order, and what happens when two hands change one."""
