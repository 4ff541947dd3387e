"""What every room stands on and what knows no room.

Errors, shapes, ids, the clock, the database, the unit of work, durable execution, settings,
plug-ins, outbound HTTP, sealed secrets and redaction. Invariants: only `uow.py` commits; only
`durable.py` knows the durable engine; nothing here imports a room.
"""
