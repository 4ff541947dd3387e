"""Stand-in for Google Drive v3 and the token endpoint of a service account.

Invariants: names are not unique; a reply holds only the members that `fields` asks for; a resumable upload
keeps every whole chunk it received, whatever became of the reply. Not for: permissions, revisions, changes.
"""
