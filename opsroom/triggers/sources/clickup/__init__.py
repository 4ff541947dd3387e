"""ClickUp as a source: its signature, its payload, and which of its events count (contracts.md section 2)."""
