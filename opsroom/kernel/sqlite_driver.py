"""A current SQLite under the name `sqlite3`, where the machine's own is too old (ADR 0004).

Imported for its effect, by `db.py`, before any engine is made. Debian 12 ships 3.40, on which the
durable engine cannot even launch under Python 3.12; before 3.51.3 two writers can corrupt a WAL.
"""

from __future__ import annotations

import sqlite3
import sys

MINIMUM_SQLITE = (3, 51, 3)


def install() -> None:
    """Put pysqlite3 in place if it is needed and there; `open_database` refuses clearly if not."""
    if sqlite3.sqlite_version_info >= MINIMUM_SQLITE:
        return
    try:
        import pysqlite3
        import pysqlite3.dbapi2
    except ImportError:
        return
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


def sqlite_error() -> type[Exception]:
    """What the driver that is in place raises."""
    error: type[Exception] = sys.modules["sqlite3"].Error
    return error


install()
