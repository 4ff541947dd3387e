"""Comments on tasks, in Markdown, with mentions."""
