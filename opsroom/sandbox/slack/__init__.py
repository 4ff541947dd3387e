"""Stand-in for the Slack Web API: messages, blocks, channels, users and the three-step upload.

Invariants: a refusal is HTTP 200 with ok:false, as Slack answers; a message is found by channel and ts;
metadata is shown in the history only when asked for. Not for: Socket Mode, events, interactivity.
"""
