"""Bringing boards in from elsewhere, and handing this one out.

Import: a reader for each source makes drafts (`readers`), a plan says what they become here and names all
that does not fit (`planning`), batches land them (`landing`), each in one commit with the note that it was
done, so that a source's task comes once however often it is brought.
Export: everything as one JSON text that can be brought back, and tasks as CSV, streamed.
Not for: keeping in step with another board. An import is a moment's copy; a second one updates or skips.
"""
