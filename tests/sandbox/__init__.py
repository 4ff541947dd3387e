"""The sandbox, seen from outside: through the vendors' own clients and over plain HTTP."""
