"""Documents and attachments of tasks and sprints, and templates, kept in a git repository of the project.

Invariants: a save commits a row with its content and is shown at once; one durable workflow per
repository carries the rows there in their order, each exactly once, each as a commit of its author; a
repository that is away loses nothing; a save on an older revision merges by lines or is refused with both
texts; what somebody else committed to the repository is taken in, never overwritten. Files are never
unpacked and never served as something a browser runs.
Not for: which repository that is. An adapter behind `ports.DocumentRepository` knows.
"""
