#!/bin/sh
# backup.sh WORKSPACE DATA TARGET: a consistent copy below TARGET, while the server runs. SQLite only; with
# PostgreSQL use pg_dump for the database, and this for the rest (it says so and goes on).
set -eu
umask 077
[ $# -eq 3 ] || { echo "usage: $0 WORKSPACE DATA TARGET" >&2; exit 2; }
workspace=$1 data=$2
python=$(dirname -- "$(readlink -f -- "$0")")/../.venv/bin/python
copy=$3/$(date -u +%Y%m%dT%H%M%SZ)
for folder in "$workspace" "$data"; do
  [ -d "$folder" ] || { echo "error: $folder is not a folder" >&2; exit 2; }
done
mkdir -p "$copy.part/data"

# The database first: every row in it then finds its bytes in the artifacts that are copied after it.
if [ -f "$data/opsroom.db" ]; then
  "$python" - "$data/opsroom.db" "$copy.part/data/opsroom.db" <<'PYTHON'
import sys
import opsroom.kernel.sqlite_driver  # the same SQLite as the server's
import sqlite3

source, target = sys.argv[1:]
connection = sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=60)
connection.execute("VACUUM INTO ?", (target,))
connection.close()
copied = sqlite3.connect(target)
answer = copied.execute("PRAGMA integrity_check").fetchone()[0]
copied.execute("PRAGMA journal_mode=WAL")
copied.close()
sys.exit(None if answer == "ok" else f"error: the copy is damaged: {answer}")
PYTHON
else
  echo "note: no opsroom.db in $data: copy the database with pg_dump" >&2
fi
for part in artifacts documents keys delivered logs cli.key first-login.json; do
  [ ! -e "$data/$part" ] || cp -a "$data/$part" "$copy.part/data/"
done
mkdir "$copy.part/workspace"
(cd "$workspace" && tar -cf - --exclude=./var .) | tar -xf - -C "$copy.part/workspace"
mv "$copy.part" "$copy"
echo "$copy"
