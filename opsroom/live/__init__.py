"""The live feeds: what happens, to those who watch, as it happens.

Invariants: a feed resumes at `Last-Event-ID` without gap or repeat; a slow reader costs itself
time and nobody memory (rows are read at the reader's own pace); nothing is told to who may not
read it. Not for: deciding anything.
"""
