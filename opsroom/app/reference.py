"""`python -m opsroom.app.reference FOLDER`: the reference documentation, written from the code.

Every page is made of what the code declares (settings, events, errors, ports, commands, routes, the
agent file), so it cannot say anything else. tests/docs holds that nothing is left undescribed.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import importlib.util
import inspect
import json
import pkgutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar, cast

import opsroom
from opsroom import __version__
from opsroom.agents.api import agent_file_schema
from opsroom.app.edge.build import build_asgi
from opsroom.app.edge.problems import KINDS, answer_for
from opsroom.app.rooms import ROOMS
from opsroom.app.serve import ServeOptions, opened
from opsroom.app.settings import FOREIGN, load_settings, sections
from opsroom.kernel.errors import OpsroomError, exit_code
from opsroom.kernel.events import Event
from opsroom.kernel.settings import PROTOCOL_NAMES, Setting, declared_settings

T = TypeVar("T", bound=type)
Json = dict[str, Any]

# Programs of their own, or imported by nobody at run time: they declare nothing the reference shows.
_NOT_READ = ("opsroom.sandbox", "opsroom.testing", "opsroom.cli")


# -- what the code declares ----------------------------------------------------------------------


def import_everything() -> None:
    """Import every module of the product, so that every subclass is known."""
    for found in pkgutil.walk_packages(opsroom.__path__, "opsroom.", onerror=_import_failed):
        name = found.name
        if name.startswith(_NOT_READ) or name.endswith("__main__") or ".migrations." in name:
            continue
        importlib.import_module(name)


def _import_failed(name: str) -> None:
    raise ImportError(f"{name} cannot be imported")


def subclasses(of: T) -> list[T]:
    """Every class below `of` that the product defines, by module and name."""
    found: list[T] = []
    waiting: list[T] = [of]
    while waiting:
        for kind in cast("Sequence[T]", waiting.pop().__subclasses__()):
            waiting.append(kind)
            if kind.__module__.startswith("opsroom.") and kind not in found:
                found.append(kind)
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


def own_doc(thing: object) -> str:
    """The docstring of `thing` itself, never one it inherited."""
    text = vars(thing).get("__doc__") if isinstance(thing, type) else getattr(thing, "__doc__", None)
    return inspect.cleandoc(text) if text else ""


def ports() -> list[type]:
    """Every Protocol in a room's ports.py, in the order of the rooms and of the file."""
    found: list[type] = []
    for room in ROOMS:
        name = f"opsroom.{room.name}.ports"
        if importlib.util.find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        found += [k for k in vars(module).values() if isinstance(k, type) and k.__module__ == name]
    return [kind for kind in found if getattr(kind, "_is_protocol", False)]


def methods_of(port: type) -> list[tuple[str, str, str]]:
    """(name, signature, docstring) of what an adapter must offer."""
    found = []
    for name, member in vars(port).items():
        if inspect.isfunction(member) and not name.startswith("_"):
            kind = "async def" if inspect.iscoroutinefunction(member) else "def"
            written = str(inspect.signature(member)).replace("'", "").replace("(self, ", "(", 1)
            found.append((name, f"{kind} {name}{written.replace('(self)', '()', 1)}", own_doc(member)))
    return found


def settings() -> tuple[Setting, ...]:
    """Every setting of every room."""
    return declared_settings(sections())


def commands() -> Iterator[tuple[str, Any]]:
    """(words, command) of the whole command line. Found as a shell finds it, by its entry point: this
    floor imports nothing of the command line."""
    (entry,) = entry_points(group="console_scripts", name="opsroom")
    typer_main = importlib.import_module("typer.main")
    app = importlib.import_module(entry.module).app
    yield from _commands_below("opsroom", typer_main.get_command(app))


def _commands_below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands_below(f"{words} {name}", inner)


async def openapi_document() -> Json:
    """The OpenAPI document of a freshly founded installation, as `/schema/openapi.json` answers it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        options = ServeOptions(workspace=place, data_dir=place / "var")
        async with opened(options, load_settings(place), "", work=False) as house:
            return await _asked(build_asgi(house, ROOMS, web_dist=None), "/schema/openapi.json")


async def _asked(app: Any, path: str) -> Json:
    """GET over the application's own interface, without a socket."""
    sent: list[Json] = []

    async def receive() -> Json:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Json) -> None:
        sent.append(message)

    scope: Json = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1"}
    scope |= {"method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"root_path": "", "headers": [(b"host", b"localhost")], "state": {}}
    scope |= {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80)}
    await app(scope, receive, send)
    return json.loads(b"".join(m.get("body", b"") for m in sent))


# -- the pages -----------------------------------------------------------------------------------


def pages() -> dict[str, str]:
    """File name to Markdown."""
    import_everything()
    made = {
        "settings.md": settings_page(settings()),
        "events.md": events_page(subclasses(Event)),
        "errors.md": errors_page(),
        "ports.md": ports_page(ports()),
        "commands.md": commands_page(dict(commands())),
        "routes.md": routes_page(asyncio.run(openapi_document())),
        "agent-file.md": agent_file_page(agent_file_schema()),
    }
    titles = {name: text.partition("\n")[0].removeprefix("# ") for name, text in made.items()}
    contents = [f"- [{title}]({name})" for name, title in titles.items()]
    made["README.md"] = _page(f"Reference of Opsroom {__version__}", "Written from the code.", contents)
    return made


def _page(title: str, intro: str, lines: Sequence[str]) -> str:
    return "\n".join([f"# {title}", "", intro, "", *lines]).rstrip() + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return [*lines, *("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows), ""]


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def _code(value: object) -> str:
    return f"`{value}`" if value not in (None, "") else ""


def settings_page(declared: Sequence[Setting]) -> str:
    """Every setting with its variables."""
    lines: list[str] = []
    kinds = sections()
    for section in dict.fromkeys(s.section for s in declared):
        doc = own_doc(kinds[section]).partition("\n\n")[0]
        lines += [f"## [{section}]" if section else "## Top level", "", " ".join(doc.split()), ""]
        rows = [
            (
                _code(s.name),
                _code(_without_checks(s.type)),
                _default(s),
                " ".join(_code(e) for e in s.env),
                s.description,
            )
            for s in declared
            if s.section == section
        ]
        lines += _table(("key", "type", "default", "variables", "what it is"), rows)
    lines += ["## Variables that are no settings", ""]
    lines += ["Read by the command line, or told to skills: " + ", ".join(map(_code, _own_variables())), ""]
    intro = (
        "A value comes from, the later the stronger: its default, `opsroom.toml` in the workspace, `.env` in "
        "the workspace, the environment. A secret never stands in `opsroom.toml`; it can come from a file "
        "named by its variable with `_FILE` at the end, or by its key with `_file` at the end. Unknown keys, "
        "and unknown variables that begin with `OPSROOM_`, are refused at the start, all at once."
    )
    return _page("Settings", intro, lines)


def _own_variables() -> list[str]:
    return sorted(FOREIGN | PROTOCOL_NAMES)


def _without_checks(words: str) -> str:
    """A type without what checks it: `Annotated[str, …]` is a `str` to who writes it."""
    before, found, after = words.partition("Annotated[")
    if not found:
        return words
    depth = 1
    for place, letter in enumerate(after):
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if depth == 0:
            return before + after.partition(",")[0] + _without_checks(after[place + 1 :])
    return words


def _default(setting: Setting) -> str:
    if setting.required:
        return "required"
    if setting.secret:
        return "not set (secret)"
    return _code(setting.default) or ("empty" if setting.default == "" else "not set")


def events_page(kinds: Sequence[type[Event]]) -> str:
    """Every recorded event."""
    lines: list[str] = []
    for kind in kinds:
        lines += [
            f"## {kind.KIND}",
            "",
            f"{own_doc(kind)} ({_code(kind.__module__ + '.' + kind.__name__)})",
            "",
        ]
        fields = [(_code(n), _code(_type_words(f.annotation))) for n, f in kind.model_fields.items()]
        lines += _table(("field", "type"), fields) if fields else ["No fields.", ""]
    intro = (
        "One append-only log: audit trail, live feed, cause of reactions. Each row also has `seq`, `id`, "
        "`actor_id`, organization, instance, project, `subject`, `at`, `correlation_id`, `causation_id`."
    )
    return _page("Events", intro, lines)


def _type_words(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def status_of(kind: type[OpsroomError]) -> tuple[int, int]:
    """(HTTP status, exit code) of a class of error."""
    # The mappings look at the class; these are the members the edge reads besides.
    blank = kind.__new__(kind)
    members: Json = {"message": "", "problems": (), "retry_after_s": 1.0, "adapter": "", "theirs": None}
    blank.__dict__.update(members, yours=None)
    return answer_for(blank).status, exit_code(blank)


def errors_page() -> str:
    """The tree of errors, and the problems they become."""
    lines = ["## The tree", "", *_tree(OpsroomError, 0), "", "## Problems over HTTP", ""]
    rows = [(_code(k.slug), k.status, k.title, k.means) for k in KINDS]
    lines += _table(("type", "status", "title", "what to do"), rows)
    intro = (
        "Errors raised on purpose, with their HTTP status and the exit code of the command line "
        "(2 refused, 3 an outside service failed, 1 a fault)."
    )
    return _page("Errors", intro, lines)


def _tree(kind: type[OpsroomError], depth: int) -> Iterator[str]:
    http, code = status_of(kind)
    text = " ".join(own_doc(kind).split())
    yield f"{'  ' * depth}- **{kind.__name__}** ({http}, exit {code}, `{kind.__module__}`): {text}"
    for inner in sorted(kind.__subclasses__(), key=lambda k: k.__name__):
        if inner.__module__.startswith("opsroom.") and not inner.__name__.startswith("_"):
            yield from _tree(inner, depth + 1)


def ports_page(found: Sequence[type]) -> str:
    """What an adapter must offer."""
    lines: list[str] = []
    for port in found:
        lines += [f"## {port.__name__}", "", _code(port.__module__), "", own_doc(port), ""]
        for name, signature, doc in methods_of(port):
            lines += [f"### {port.__name__}.{name}", "", "```python", signature, "```", "", doc, ""]
    intro = "Protocols that adapters fulfil. Built-in adapters come in through the same entry points."
    return _page("Ports", intro, lines)


def commands_page(found: Mapping[str, Any]) -> str:
    """Every command with its arguments and options."""
    lines: list[str] = []
    for words, command in found.items():
        lines += [f"## {words}", "", inspect.cleandoc(command.help or ""), ""]
        rows = [
            (_code(", ".join(p.opts) or p.name), p.metavar or "", getattr(p, "help", None) or "")
            for p in command.params
            if p.name != "help"
        ]
        lines += _table(("argument or option", "value", "what it is"), rows) if rows else []
    return _page("Commands", "The `opsroom` command. `--help` says the same in the terminal.", lines)


def routes_page(document: Json) -> str:
    """Every route, by tag."""
    by_tag: dict[str, list[tuple[str, str, str]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            verb = _code(operation.get("x-verb")) or "none: public"
            route = _code(f"{method.upper()} {path}")
            by_tag.setdefault(operation["tags"][0], []).append((route, verb, operation.get("summary", "")))
    lines: list[str] = []
    for tag, rows in sorted(by_tag.items()):
        lines += [f"## {tag}", "", *_table(("route", "verb", "what it does"), rows)]
    intro = (
        "A running server shows the same with parameters and shapes at `/schema`, and the OpenAPI document "
        "at `/schema/openapi.json`. The verb is what a role or an API key must allow."
    )
    return _page("Routes", intro, lines)


def agent_file_page(schema: Json) -> str:
    """Every field of an agent file."""
    lines: list[str] = []
    for name, part in {"The file": schema, **schema.get("$defs", {})}.items():
        if "properties" not in part:
            continue
        lines += [f"## {name}", "", part.get("description", ""), ""]
        needed = part.get("required", ())
        rows = [
            (_code(key), _schema_words(field), "yes" if key in needed else "", _schema_default(field))
            for key, field in part["properties"].items()
        ]
        lines += _table(("field", "type", "required", "default"), rows)
    intro = (
        "One JSON file in the workspace's `agents/` folder is one agent. Unknown keys are refused. The JSON "
        "Schema for editors is at `/api/agent-file-schema`."
    )
    return _page("Agent file", intro, lines)


def _schema_words(field: Json) -> str:
    if "$ref" in field:
        return field["$ref"].rpartition("/")[2]
    for joined in ("anyOf", "oneOf"):
        if joined in field:
            return " or ".join(dict.fromkeys(_schema_words(one) for one in field[joined]))
    if "const" in field or "enum" in field:
        return " or ".join(_code(json.dumps(v)) for v in field.get("enum", [field.get("const")]))
    kind = field.get("type", "anything")
    if kind == "array":
        return f"list of {_schema_words(field.get('items', {}))}"
    limits = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "pattern": "matches"}
    told = [f"{word} {_code(field[key])}" for key, word in limits.items() if key in field]
    return " ".join([" or ".join(kind) if isinstance(kind, list) else kind, *told])


def _schema_default(field: Json) -> str:
    if "default" not in field or isinstance(field["default"], dict):
        return ""
    return _code(json.dumps(field["default"], ensure_ascii=False))


def write(folder: Path) -> list[Path]:
    """Write every page below `folder`; the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point."""
    parser = argparse.ArgumentParser(prog="python -m opsroom.app.reference", description=__doc__)
    parser.add_argument("folder", type=Path)
    for path in write(parser.parse_args(argv).folder):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
