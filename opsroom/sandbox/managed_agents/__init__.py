"""Stand-in for Anthropic Managed Agents: scripted sessions behind the vendor's own HTTP interface.

Invariants: an event is in the history before any stream sends it; a stream sends only what happens after it
was opened; ids of tool uses are event ids. Not for: the Messages API, vaults, memory stores, deployments.
"""
