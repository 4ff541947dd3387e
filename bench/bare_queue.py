"""The baseline of the trigger benchmark: DBOS as it comes, one queue, default polling. Prints latencies "
"in ms."""

from __future__ import annotations

import json
import logging
import random
import sqlite3
import sys
import time
from pathlib import Path

from dbos import DBOS

BEGAN: dict[str, float] = {}


@DBOS.workflow()
def noted(key: str) -> None:
    BEGAN.setdefault(key, time.time())


def main(path: Path, count: int) -> None:
    logging.disable(logging.CRITICAL)
    sqlite3.connect(path).execute("PRAGMA journal_mode=WAL").close()
    DBOS(config={"name": "bare", "system_database_url": f"sqlite:///{path}", "log_level": "CRITICAL"})
    DBOS.launch()
    queue = DBOS.register_queue("bare")
    time.sleep(3)
    chance, sent = random.Random(7), {}
    for n in range(count):
        queue.enqueue(noted, str(n))
        sent[str(n)] = time.time()
        time.sleep(chance.uniform(0.2, 0.6))
    time.sleep(2)
    gaps = [max(0.0, BEGAN[key] - at) * 1000 for key, at in sent.items() if key in BEGAN]
    DBOS.destroy()
    print(json.dumps(gaps), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
