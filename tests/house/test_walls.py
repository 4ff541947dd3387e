"""The walls no linter knows: doors, purity, where SQL may stand, lengths, names, where a commit may stand."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "opsroom"
ROOMS = sorted(p.parent.name for p in PRODUCT.glob("*/room.py") if p.parent.name != "kernel")
DOORS = {"api", "shapes", "events", "errors", "ports"}
# Composition also reads a room's declaration and settings: that is what it is for.
COMPOSITION_DOORS = DOORS | {"room", "settings"}
PURE = {"rules", "shapes", "events", "errors", "ports"}
IMPURE = {
    "sqlalchemy",
    "litestar",
    "aiohttp",
    "dbos",
    "asyncio",
    "socket",
    "subprocess",
    "random",
    "time",
    "os",
}
SQL_HOLDERS = re.compile(
    r"(store|tables)\.py$|^kernel/(db|uow|events|durable|workers|wake_relay|suspects|followers|sqlite_hops|prepared)\.py$|migrations/"
)


def product_files() -> list[Path]:
    return sorted(p for p in PRODUCT.rglob("*.py") if "__pycache__" not in p.parts)


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """(module, line) of every import that runs; those for type checking alone do not."""
    tree = ast.parse(path.read_text())
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            skipped |= {n.lineno for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((a.name, node.lineno) for a in node.names if node.lineno not in skipped)
        elif isinstance(node, ast.ImportFrom) and node.module and node.lineno not in skipped:
            yield node.module, node.lineno
            if node.module.count(".") == 1:  # `from opsroom.agents import api`
                yield from ((f"{node.module}.{a.name}", node.lineno) for a in node.names)


def door_breaches(path: Path, text_of: str | None = None) -> list[str]:
    parts = path.relative_to(PRODUCT).parts
    here = parts[0]
    allowed = COMPOSITION_DOORS if here == "app" else DOORS
    found = []
    for module, line in imports_of(path):
        names = module.split(".")
        if names[0] != "opsroom" or len(names) < 3 or names[1] not in ROOMS or names[1] == here:
            continue
        if names[2] not in allowed:
            found.append(f"{path.relative_to(ROOT)}:{line} enters {names[1]} through {names[2]}")
    return found


def test_a_room_is_entered_through_its_doors() -> None:
    breaches = [b for path in product_files() for b in door_breaches(path)]
    assert not breaches, "\n".join(breaches)


def test_rules_and_shapes_are_pure() -> None:
    breaches = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in product_files()
        if path.stem in PURE and path.parts[-2] in ROOMS
        for module, line in imports_of(path)
        if module.split(".")[0] in IMPURE
    ]
    assert not breaches, "\n".join(breaches)


def test_sql_stands_in_stores_and_tables_only() -> None:
    breaches = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in product_files()
        if not SQL_HOLDERS.search(path.relative_to(PRODUCT).as_posix())
        for module, line in imports_of(path)
        if module.split(".")[0] in ("sqlalchemy", "psycopg", "aiosqlite")
    ]
    assert not breaches, "\n".join(breaches)


def test_only_the_unit_of_work_commits() -> None:
    calls = re.compile(r"\.(commit|rollback)\(\)")
    breaches = [
        f"{path.relative_to(ROOT)}:{n}"
        for path in product_files()
        for n, line in enumerate(path.read_text().splitlines(), 1)
        if calls.search(line) and not line.lstrip().startswith("#")
    ]
    assert not breaches, "\n".join(breaches)


def test_broad_except_stands_in_three_places() -> None:
    allowed = {"kernel/durable.py", "kernel/plugins.py"}
    found = {
        path.relative_to(PRODUCT).as_posix()
        for path in product_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "(Exception,)"))
    }
    edge = {f for f in found if f.startswith("app/edge/")}
    assert found - edge <= allowed, (
        f"a broad except outside the three places: {sorted(found - edge - allowed)}"
    )
    assert len(edge) <= 1, f"the HTTP edge needs one broad except, not {sorted(edge)}"


def long_functions(path: Path) -> Iterator[str]:
    if "versions" in path.parts:  # a migration is a list of tables, in their order
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            nested = [
                n
                for n in ast.walk(node)
                if n is not node and isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
            ]
            inner = sum((n.end_lineno or 0) - n.lineno + 1 for n in nested)
            length = (node.end_lineno or 0) - node.lineno + 1
            # A table of routes is a list of small handlers: each counts for itself.
            if length - inner > 60:
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name} has {length} lines"


def overlong(files: list[Path]) -> list[str]:
    return [
        f"{p.relative_to(ROOT)}: {n} lines" for p in files if (n := len(p.read_text().splitlines())) > 400
    ]


@pytest.mark.parametrize("folder", ["opsroom", "skills", "tests", "bench", "examples"])
def test_files_and_functions_stay_short(folder: str) -> None:
    files = [p for p in (ROOT / folder).rglob("*.py") if "__pycache__" not in p.parts]
    long = overlong([p for p in files if "versions" not in p.parts])
    long += [f for p in files for f in long_functions(p)]
    assert not long, "\n".join(long)


def test_files_of_the_front_end_stay_short() -> None:
    written = (".ts", ".tsx", ".mjs", ".css")
    files = [ROOT / f for f in committed() if f.startswith("web/") and f.endswith(written)]
    assert files
    long = overlong(files)
    assert not long, "\n".join(long)


def test_modules_are_named_for_what_they_hold() -> None:
    nothing = re.compile(r"(^|/)(utils?|helpers?|common|misc|manager|service|base)\.(py|ts|tsx)$")
    named = [f for f in committed() if nothing.search(f)]
    assert not named, named


def committed() -> list[str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [f for f in listed.stdout.splitlines() if (ROOT / f).is_file()]


def test_nothing_of_this_machine_is_committed() -> None:
    home = str(Path.home())
    needles = [str(ROOT)] + ([home + "/"] if len(home) > 2 else [])
    hosts = re.compile(r"https?://(pypi|files\.pythonhosted|registry\.npmjs|deb\.debian)", re.IGNORECASE)
    found = []
    for name in committed():
        try:
            text = (ROOT / name).read_text()
        except UnicodeDecodeError:
            continue
        if any(n in text for n in needles) or (hosts.search(text) and name != "tests/house/test_walls.py"):
            found.append(name)
    assert not found, found


def test_lock_files_carry_no_addresses() -> None:
    """`make lock` makes them so."""
    locks = [ROOT / "web" / "package-lock.json", *sorted((ROOT / "requirements").glob("*.txt"))]
    assert len(locks) > 3
    assert [path.name for path in locks if "://" in path.read_text()] == []


def test_the_map_is_true() -> None:
    """Every path AGENTS.md names exists."""
    named = re.findall(r"`([\w./-]+/[\w./-]*)`", (ROOT / "AGENTS.md").read_text())
    assert len(named) > 10
    absent = [n for n in named if not (ROOT / n).exists()]
    assert not absent, absent


# ---- stylesheets ----------------------------------------------------------------------------------------

# Sheets that are loaded together and belong together; `phone` says of each thing how it is on a phone.
FAMILIES = re.compile(r"styles/(task|timeline|board|controls|marks|overlays|conflict|settings)\b")
BARE_CLASS = re.compile(r"\.([\w-]+)(::?[\w-]+(\([^)]*\))?)*")


def selectors(css: str) -> list[str]:
    """Every selector of a sheet, those inside of media queries too."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"@(media|supports|container)[^{]*\{", "", css)
    return [part.strip() for group in re.findall(r"([^{}]+)\{", css) for part in group.split(",")]


def bare_classes(css: str) -> set[str]:
    """The classes a sheet styles wherever they stand."""
    return {
        found[1] for part in selectors(css) if (found := BARE_CLASS.fullmatch(part)) and ":has(" not in part
    }


def clashes(sheets: dict[str, str]) -> list[str]:
    """Classes that two sheets style which know nothing of each other: whichever came last would win."""
    owners: dict[str, set[str]] = {}
    for name, css in sheets.items():
        if name == "styles/phone.css":
            continue
        family = found[0] if (found := FAMILIES.match(name)) else name
        for each in bare_classes(css):
            owners.setdefault(each, set()).add(family)
    return sorted(f"{each}: {', '.join(sorted(who))}" for each, who in owners.items() if len(who) > 1)


def test_no_two_stylesheets_style_the_same_class() -> None:
    web = ROOT / "web" / "src"
    sheets = {p.relative_to(web).as_posix(): p.read_text() for p in web.rglob("*.css")}
    assert len(sheets) > 10
    assert clashes(sheets) == []


def test_a_clash_of_stylesheets_is_seen() -> None:
    sheets = {"styles/task.css": ".file { a: b }", "rooms/x.css": "@media (a) { .y, .file:hover { a: b } }"}
    assert clashes(sheets) == ["file: rooms/x.css, styles/task"]
    assert clashes({"styles/task.css": ".a {}", "styles/task-parts.css": ".a {}"}) == []
    assert clashes({"styles/a.css": ".a .b {}", "styles/b.css": ".c .b {}"}) == []
