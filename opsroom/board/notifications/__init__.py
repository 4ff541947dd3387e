"""Notifications: telling people what concerns them, in the app and where else they chose.

Invariants: nobody is told of what they did themselves; one person hears of one event once, on each channel at
most once. Nothing here records events, so telling cannot cause more telling.
"""
