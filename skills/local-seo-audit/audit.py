#!/usr/bin/env python3
"""Entry point of the skill: reads payload.json, writes the reports, speaks JSON lines on standard output."""

import argparse
import json
import os
import sys
from pathlib import Path

from local_seo.crawl.egress import GuardMissing
from local_seo.payload import BadPayload
from local_seo.rules import CATALOGUE, catalogue_markdown
from local_seo.run import Place, main_audit

_MAX_PAYLOAD = 2 * 1024 * 1024


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Local SEO audit by fixed rules.")
    parser.add_argument(
        "--payload", type=Path, default=Path("payload.json"), help="the client's fields as JSON"
    )
    parser.add_argument("--output", type=Path, default=Path(os.environ.get("OPSROOM_OUTPUT_DIR", "outputs")))
    parser.add_argument("--keep-html", action="store_true", help="also keep the raw pages, as WARC")
    parser.add_argument("--write-rules", action="store_true", help="write RULES.md from rules.toml and stop")
    given = parser.parse_args(arguments)
    if given.write_rules:
        CATALOGUE.with_name("RULES.md").write_text(catalogue_markdown(), encoding="utf-8")
        return 0
    try:
        payload = json.loads(_bounded(given.payload))
        given.output.mkdir(parents=True, exist_ok=True)
        main_audit(payload, Place(given.output, given.keep_html))
    except FileNotFoundError:
        return _refuse(f"There is no payload at {given.payload}; give one with --payload.")
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        return _refuse(f"{given.payload} is not valid JSON: {error}")
    except (BadPayload, GuardMissing) as error:
        return _refuse(str(error))
    return 0


def _bounded(path: Path) -> str:
    if path.stat().st_size > _MAX_PAYLOAD:
        raise BadPayload(f"{path} is larger than 2 MB.")
    return path.read_text(encoding="utf-8")


def _refuse(text: str) -> int:
    sys.stderr.write(text + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
