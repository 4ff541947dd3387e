"""What the pages for people say is true: links, commands, settings, states."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3  # by now the one the server uses: conftest has opened a database
import subprocess
from functools import cache
from pathlib import Path

import pytest

from opsroom import __version__
from opsroom.agents.api import check_text
from opsroom.app import reference
from opsroom.app.settings import FOREIGN, sections
from opsroom.kernel.settings import PROTOCOL_NAMES, Settings
from opsroom.runs.rules import TRANSITIONS

ROOT = Path(__file__).resolve().parents[2]
WORKSPACE = ROOT / "examples" / "workspace"


def pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def our_pages() -> list[Path]:
    return [
        p
        for p in pages()
        if p.parent == ROOT or p.relative_to(ROOT).parts[0] in ("docs", "deploy", "examples")
    ]


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    dead: list[str] = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        to = (page.parent / name).resolve() if name else page
        if not to.exists() or (anchor and to.suffix == ".md" and anchor not in anchors(to)):
            dead.append(target)
    assert dead == []


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = {
        target
        for page in our_pages()
        for code in re.findall(r"`([^`\n]+)`|^(make .*)$", page.read_text(), flags=re.MULTILINE)
        for part in code
        if part.startswith("make ")
        for target in re.sub(r"-C \S+|#.*", "", part.partition("make ")[2]).split()
        if re.fullmatch("[a-z-]+", target)
    }
    assert {"demo", "test"} <= named
    assert named <= targets


@cache
def known_commands() -> dict[str, set[str]]:
    """Command words to its options; the global ones count everywhere."""
    found = dict(reference.commands())
    everywhere = {option for p in found["opsroom"].params for option in p.opts} | {"--help", "-h"}
    return {
        words: everywhere | {o for p in command.params for o in p.opts} for words, command in found.items()
    }


def told_commands(page: Path) -> set[str]:
    text = page.read_text()
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE))
    lines = [re.split(r"\s{2,}|\s#\s", line)[0] for line in blocks.splitlines()]
    lines += re.findall(r"`([^`\n]+)`", text)
    pieces = [piece for line in lines for piece in line.split(" | ")]
    return {re.sub(r"^(\S*/)?opsroom", "opsroom", p) for p in pieces if re.match(r"(\S*/)?opsroom [a-z-]", p)}


@pytest.mark.parametrize("page", our_pages(), ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_exist_as_told(page: Path) -> None:
    known, wrong = known_commands(), []
    for told in told_commands(page):
        # Values of options are no commands.
        words = re.sub(r"(--(?:workspace|data|url|key))[ =]\S+", r"\1", told).split()
        names = [w for w in words if not w.startswith("-")]
        command = next((c for n in (3, 2, 1) if (c := " ".join(names[:n])) in known), "")
        options = {w.partition("=")[0] for w in words if w.startswith("--")}
        group = command == "opsroom" or any(c.startswith(f"{command} ") for c in known)
        if not command or not options <= known[command] or (group and len(names) > len(command.split())):
            wrong.append(told)
    assert wrong == []


def test_the_state_diagram_is_the_table() -> None:
    text = (ROOT / "docs/explain/life-of-a-run.md").read_text()
    drawn = set(re.findall(r"^    ([A-Z_]+) --> ([A-Z_]+)$", text, flags=re.MULTILINE))
    assert drawn == {(state, to) for state, others in TRANSITIONS.items() for to in others}


def test_settings_named_in_pages_exist() -> None:
    known = {name for s in reference.settings() for name in s.env} | FOREIGN | PROTOCOL_NAMES
    known |= {"OPSROOM_ARTIFACTS__", "OPSROOM_SKILLS__", "OPSROOM_"}
    named = {n for page in our_pages() for n in re.findall(r"\bOPSROOM_[A-Z0-9_]*", page.read_text())}
    assert sorted(named - known) == []


def test_the_workspace_to_copy_is_good(tmp_path: Path) -> None:
    place = tmp_path / "workspace"
    shutil.copytree(WORKSPACE, place)
    toml, env = place / "opsroom.toml", place / ".env.example"
    env.rename(place / ".env")
    (place / ".env").chmod(0o600)
    assert Settings.load(sections(), place, {}, others=FOREIGN).warnings == ()
    # What stands behind a # must be a setting too: people take the # away.
    examples = re.sub(r"^# (?=[a-z_]+ = )", "", toml.read_text(), flags=re.MULTILINE)
    assert examples.count("\n#") < toml.read_text().count("\n#")
    toml.write_text(examples)
    Settings.load(sections(), place, {}, others=FOREIGN)
    problems = {p.name: check_text(p.read_text(), p.stem) for p in (place / "agents").glob("*.json")}
    assert not any(problems.values()), problems


def test_every_line_of_the_example_environment_is_read() -> None:
    known = {name for s in reference.settings() for name in s.env}
    known |= {"SENTINEL_AGENT_ID", "SEONAV_ENV_ID"}  # named by the agent files
    named = re.findall(r"^([A-Z_]+)=", (WORKSPACE / ".env.example").read_text(), flags=re.MULTILINE)
    assert len(named) > 10
    assert [name for name in named if name not in known] == []


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", ROOT / "docs/how-to/add-an-agent.md"], ids=lambda p: p.name
)
def test_the_agent_files_in_pages_are_valid(page: Path) -> None:
    found = [
        json.loads(t) for t in re.findall(r"^\{\n.*?^\}$", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    ]
    assert found
    for file in found:
        assert check_text(json.dumps(file), file["agent_name"]) == ()


def test_the_changelog_knows_this_version() -> None:
    assert f"\n## {__version__} (" in (ROOT / "CHANGELOG.md").read_text()


def test_shell_scripts_parse() -> None:
    for script in ("deploy/backup.sh", "bin/run-agent"):
        subprocess.run(["sh", "-n", script], cwd=ROOT, check=True)
    assert (
        shlex.split((ROOT / "deploy/opsroom.service").read_text().split("ExecStart=")[1].splitlines()[0])[2]
        == "opsroom.app"
    )


def test_a_backup_can_be_read(tmp_path: Path) -> None:
    data, workspace = tmp_path / "data", tmp_path / "ops"
    (data / "artifacts").mkdir(parents=True)
    (data / "artifacts" / "a").write_text("bytes")
    (workspace / "var").mkdir(parents=True)
    (workspace / "opsroom.toml").write_text("")
    live = sqlite3.connect(data / "opsroom.db")
    live.execute("PRAGMA journal_mode=WAL")
    live.execute("create table t (x)")
    live.execute("insert into t values (1)")
    live.commit()
    made = subprocess.run(
        ["deploy/backup.sh", workspace, data, tmp_path / "copies"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    live.close()
    copy = Path(made.stdout.strip())
    kept = sqlite3.connect(copy / "data" / "opsroom.db")
    assert kept.execute("select x from t").fetchall() == [(1,)]
    kept.close()
    assert (copy / "data" / "artifacts" / "a").read_text() == "bytes"
    assert [p.name for p in (copy / "workspace").iterdir()] == ["opsroom.toml"]
    assert (copy.stat().st_mode & 0o077) == 0
