"""Who exists, who is asking, and what they may do.

Organizations hold instances, instances hold projects; people, agents and apps act in them with a role.
Invariants: a secret (password, key, session id) is stored as a hash only and shown once; every look-up
is bounded by the caller's organization, and by instance and project where the row has them, so that a
foreign id looks like one that never was. Not for: credentials of outside services (that is the vault).
"""
