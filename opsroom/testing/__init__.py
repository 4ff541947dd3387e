"""For authors of rooms and plug-ins: a house of real parts, and contract kits for the ports."""
