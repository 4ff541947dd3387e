"""Writes PLANTED.md, the list for people, from planted.json, the list for the tests."""

import json
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEAD = """# What is wrong with the sample site

Shamrock Detailing does not exist. Its website is healthy except for the defects below, each planted on
purpose. The audit has to report exactly these, no more and no less: `tests/skills` compares its findings with
`planted.json`. This list is made from it by `python examples/sample-site/list_planted.py`.

| finding | where | what was planted |
|---|---|---|
"""


def planted_markdown() -> str:
    entries = json.loads((HERE / "planted.json").read_text(encoding="utf-8"))
    rows = []
    for entry in entries:
        site = f"{entry['site']}: " if "site" in entry else ""
        subject = f" ({entry['subject']})" if "subject" in entry else ""
        rows.append(f"| {entry['id']} | {site}`{entry['path']}` | {entry['note']}{subject} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (HERE / "PLANTED.md").write_text(planted_markdown(), encoding="utf-8")
