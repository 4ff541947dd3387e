"""The three reports: data (JSON), text (Markdown), page (HTML with charts)."""
