"""Stand-in for Discord's webhooks: one message posted by whoever knows the address.

Invariants: 204 without `wait`, the message with it; a message over 2,000 characters or of nothing is
refused in Discord's words; who is really mentioned is what `allowed_mentions` lets through. Not for: bots,
gateways, embeds.
"""
