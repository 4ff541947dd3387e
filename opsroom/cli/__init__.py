"""The `opsroom` command: a person's and a script's way to a server.

Invariants: it talks HTTP and imports no room, so it works just as well with a server elsewhere; what a
server, an agent or a web site said reaches the terminal without control characters; exit code 0 of a
run means delivered, and nothing else. Not for: deciding anything the server decides.
"""
