"""Sees committed rows of the event log from outside: prints how late each was, in seconds."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime

from opsroom.kernel.sqlite_driver import MINIMUM_SQLITE  # importing it puts the right sqlite3 in place

assert MINIMUM_SQLITE


def main(path: str, began: float, seconds: float) -> None:
    import sqlite3

    file = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    newest = file.execute("select coalesce(max(rowid), 0) from run_events").fetchone()[0]
    late: list[float] = []
    while time.time() < began + seconds:
        rows = file.execute(
            "select rowid, at, kind from run_events where rowid > ? order by rowid", (newest,)
        ).fetchall()
        now = time.time()
        for rowid, at, kind in rows:
            newest = rowid
            happened = datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp()
            if kind == "agent.message" and happened >= began:
                late.append(now - happened)
        time.sleep(0.05)
    print(json.dumps(late))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]))
