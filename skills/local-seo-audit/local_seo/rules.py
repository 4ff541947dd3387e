"""The catalogue of rules, read from rules.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

CATALOGUE: Final = Path(__file__).resolve().parent.parent / "rules.toml"
SEVERITIES: Final = ("P1", "P2", "P3")
EFFORT_WORDS: Final = {"S": "up to an hour", "M": "up to a day", "L": "several days"}


@dataclass(frozen=True, slots=True)
class Module:
    name: str
    title: str
    weight: int
    question: str


MODULES: Final = (
    Module("technical", "Technical and on-page health", 30, "Can the site be crawled, understood and used?"),
    Module("identity", "Local business identity", 25, "Do name, address and phone agree everywhere?"),
    Module("coverage", "Service-area coverage", 20, "Is there a page for every city and service?"),
    Module("content", "Content and keywords", 15, "Does the text answer what customers search?"),
    Module("competitors", "Competitors", 10, "Where are the others ahead?"),
)


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    slug: str
    module: str
    severity: str
    effort: str
    title: str
    action: str
    why: str
    fix: str

    def headline(self, count: int) -> str:
        one = count == 1
        forms = {
            "n": str(count),
            "s": "" if one else "s",
            "es": "" if one else "es",
            "ies": "y" if one else "ies",
        }
        return self.action.format(**forms)


@cache
def catalogue() -> dict[str, Rule]:
    with CATALOGUE.open("rb") as file:
        rules = [Rule(**entry) for entry in tomllib.load(file)["rule"]]
    return {rule.id: rule for rule in rules}


def catalogue_markdown() -> str:
    """The text of RULES.md."""
    lines = [
        "# Rules of the local SEO audit",
        "",
        "Generated from `rules.toml` by `python3 audit.py --write-rules`. Ids are stable: a rule that is",
        "given up leaves a gap. Effort: S up to an hour, M up to a day, L several days.",
    ]
    for module in MODULES:
        lines += ["", f"## {module.title} ({module.weight} points)", "", module.question, ""]
        lines += [
            "| id | severity | effort | finding | why it matters | how to fix |",
            "|---|---|---|---|---|---|",
        ]
        lines += [
            f"| {rule.id} `{rule.slug}` | {rule.severity} | {rule.effort} "
            f"| {rule.title} | {rule.why} | {_cell(rule.fix)} |"
            for rule in catalogue().values()
            if rule.module == module.name
        ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
