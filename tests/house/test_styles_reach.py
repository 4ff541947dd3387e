"""A part of the page brings the styles of what it shows: it may be the first part that somebody loads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.house.test_walls import selectors

ROOT = Path(__file__).resolve().parents[2]
STATIC = re.compile(r"""^\s*(?:import|export)\b(?! type\b)[^;]*?["'](\.[^"']+)["']""", re.MULTILINE)
LAZY = re.compile(r"""\bimport\(\s*["'](\.[^"']+)["']\s*\)""")
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
WORDS = re.compile(r""""([^"]*)"|'([^']*)'|`([^`]*)`""")


@dataclass
class Sources:
    """The front-end's files by path from web/src, and what each imports."""

    text: dict[str, str]
    static: dict[str, set[str]] = field(default_factory=dict)
    lazy: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, text in self.text.items():
            if not name.endswith(".css"):
                self.static[name] = self._named(name, STATIC.findall(text))
                self.lazy[name] = self._named(name, LAZY.findall(text))

    def _named(self, importer: str, paths: list[str]) -> set[str]:
        found = {self._resolved(importer, path) for path in paths}
        return {each for each in found if each}

    def _resolved(self, importer: str, path: str) -> str:
        parts: list[str] = importer.split("/")[:-1]
        for step in path.split("/"):
            if step == "..":
                parts.pop()
            elif step != ".":
                parts.append(step)
        plain = "/".join(parts)
        names = (plain, f"{plain}.tsx", f"{plain}.ts", f"{plain}/index.ts", f"{plain}/index.tsx")
        return next((name for name in names if name in self.text), "")

    def chunk(self, entry: str) -> set[str]:
        """The files that come together when this one is loaded."""
        seen: set[str] = set()
        waiting = [entry]
        while waiting:
            if (name := waiting.pop()) not in seen:
                seen.add(name)
                waiting += self.static.get(name, ())
        return seen


def used_classes(text: str) -> set[str]:
    """Every word of the strings that `class=` is given in a file of components; `due-` for `due-${x}`."""
    found: set[str] = set()
    for match in re.finditer(r"\bclass(?:Name)?=(?=[\"{])", text):
        start = match.end()
        end = text.index('"', start + 1) + 1 if text[start] == '"' else _closing(text, start)
        for words in WORDS.findall(text[start:end]):
            found |= {word.split("${")[0] for part in words for word in part.split()}
    return found - {""}


def _closing(text: str, start: int) -> int:
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at + 1
    return len(text)


def styled_in(sources: Sources) -> dict[str, set[str]]:
    """Class → the stylesheets that style it wherever it stands, alone or with a class beside it."""
    owners: dict[str, set[str]] = {}
    for name, text in sources.text.items():
        if name.endswith(".css"):
            for selector in selectors(text):
                alone = not re.search(r"[\s>+~]", selector)
                for each in CLASS.findall(selector) if alone else ():
                    owners.setdefault(each, set()).add(name)
    return owners


def missing_of(shown: set[str], owners: dict[str, set[str]], sheets: frozenset[str]) -> set[str]:
    """The classes of a file that no sheet at hand styles; a beginning stands for all that begin so."""
    meant = {each for each in shown if each in owners}
    for start in (each for each in shown if len(each) > 3 and each.endswith("-")):
        meant |= {each for each in owners if each.startswith(start)}
    return {each for each in meant if not owners[each] & sheets}


def unstyled(sources: Sources, entry: str = "main.tsx") -> list[str]:
    """Classes shown by a part that has none of their stylesheets when only what leads to it is loaded."""
    owners, found = styled_in(sources), set[str]()
    waiting: list[tuple[str, frozenset[str]]] = [(entry, frozenset())]
    done: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        part = waiting.pop()
        if part in done:
            continue
        done.add(part)
        files = sources.chunk(part[0])
        sheets = part[1] | {name for name in files if name.endswith(".css")}
        for name in files:
            waiting += [(each, sheets) for each in sources.lazy.get(name, ())]
            if name.endswith(".tsx"):
                missing = missing_of(used_classes(sources.text[name]), owners, sheets)
                found |= {
                    f"{part[0]}: {name}: {each} ({', '.join(sorted(owners[each]))})" for each in missing
                }
    return sorted(found)


def test_every_part_brings_the_styles_of_what_it_shows() -> None:
    web = ROOT / "web" / "src"
    files = [p for suffix in ("*.ts", "*.tsx", "*.css") for p in web.rglob(suffix)]
    sources = Sources({p.relative_to(web).as_posix(): p.read_text() for p in files})
    assert len(sources.lazy["app.tsx"]) > 5
    assert unstyled(sources) == []


def test_a_part_without_its_styles_is_seen() -> None:
    text = {
        "main.tsx": 'import "./base.css";\nconst A = () => import("./a");\nconst B = () => import("./b");',
        "base.css": ".row { a: b }",
        "a.tsx": 'import "./chip.css";\nexport const A = <p class="row chip" />;',
        "b.tsx": 'import { C } from "./c";\nexport const B = <p class={on ? "chip" : `row ${x}`} />;',
        "c.tsx": "export const C = <p class='none' />;",
        "chip.css": ".chip:hover, .list .chip { a: b }",
    }
    assert unstyled(Sources(text)) == ["b.tsx: b.tsx: chip (chip.css)"]
    text["b.tsx"] = 'import "./chip.css";\n' + text["b.tsx"]
    assert unstyled(Sources(text)) == []
