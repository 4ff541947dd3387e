"""The way of a save into its repository: rows in order, one durable workflow per project, each row once."""
