"""The board as a source of runs: a card given to an agent, or moved to where its agent begins.

Followers of the event log decide it in the event's own order, so a card starts a run once however often
the process dies; what became of the run is told on the card.
"""
