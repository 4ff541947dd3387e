"""The edge: everything between the network and the rooms' handlers.

`build.build_asgi` puts it together. From the outside in: `perimeter` (who is calling, ids, headers, log,
metrics), `pages` (the browser front-end), Litestar with our request class (`intake`), the `guard` (who,
what, from where), `idempotency`, the rooms' handlers, and `problems` on the way out when something is
refused. One of the three places that catch every exception: nothing unexpected leaves as a stack trace.
"""
