"""The places deliveries go to, one folder each. They know `ports` and `shapes`, nothing else of the room."""
