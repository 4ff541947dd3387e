"""The engines: one folder or file each, everything about it inside, seen through `runs/ports.py`."""
