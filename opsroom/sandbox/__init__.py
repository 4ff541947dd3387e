"""Stand-ins for the outside services, on loopback: Anthropic Managed Agents, ClickUp, Slack and Google Drive.

For: tests, the demo, and people who rehearse an agent before they spend money on it.
Invariants: imports no room of Opsroom, so it cannot agree with our mistakes; every request received and every
effect it had is in an append-only ledger; a fault happens only where somebody armed one.
Not for: load against the real services, nor anything reachable from another machine.
"""
