"""Composition: the list of rooms, the house built of them, migrations, the server and its workers.

The only place that knows every room. It holds no rule of the business.
"""
