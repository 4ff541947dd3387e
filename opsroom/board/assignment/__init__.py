"""Assignment: which agent of the roster suits a task, and why, in words."""
