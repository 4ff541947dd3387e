"""Engine `anthropic_managed`: sessions of Anthropic Managed Agents, through the official SDK.

The SDK builds an event type it does not know as the first member of its union, and a stop reason it
does not know as `end_turn`. So requests go through its typed methods, while answers are read as JSON
here and told apart by their `type` alone.
"""
