"""Figures of the board: velocity, burn-down, cycle time, throughput, cumulative flow, work.

Everything is computed from the event log and nothing else, so the figures and the activity feed cannot
disagree. `stream` makes small facts of events, `ledger` folds facts into what the figures need, `rules`
computes the figures. All three are pure. A folded ledger is kept in memory by project and saved now and
then with the number of its last event: an answer costs the events since then.
Not for: changing anything. A task's own times (`started_at`, …) are the tasks' business.
"""
