"""Where documents can be kept: one folder per kind of place, each behind `ports.DocumentRepository`."""
