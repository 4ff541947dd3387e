"""The way in: passwords, sessions, attempts, and the answer to "who is asking?"."""
