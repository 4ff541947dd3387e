"""Settings: declared by rooms, read once, told in full when they are wrong.

A section is a frozen pydantic model with defaults; the string under a field says what it is for and
its name carries the unit. Outside names (vendors' variables, names a seed promised) are a table on
the section, variable to field:

    class ClickUpSettings(Shape):
        ENV: ClassVar[Mapping[str, str]] = {"CLICKUP_API_TOKEN": "api_token", "OPSROOM_CLICKUP_URL": "url"}
        api_token: SecretStr | None = None
        \"\"\"Personal token of the account the agents work as.\"\"\"

Where a value comes from, the later the stronger: its default, `opsroom.toml` in the workspace, `.env`
in the workspace, the environment. Section "" is the top level: `OPSROOM_PORT`, keys before the first
table. A variable that is empty counts as not set. Secrets (SecretStr) can also come from a file named by
`…_FILE`; in opsroom.toml only so (`api_token_file = "…"`), since that file is made to be shared.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import itertools
import json
import math
import re
import textwrap
import tomllib
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar, get_args, get_origin

from pydantic import BaseModel, SecretBytes, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from opsroom.kernel.dotenv import read_dotenv, read_small_text, reason
from opsroom.kernel.errors import Fault, Invalid, Problem
from opsroom.kernel.redact import known_secrets, redact_text
from opsroom.kernel.shape import Shape, problems_of

S = TypeVar("S", bound=Shape)

TOML_NAME: Final = "opsroom.toml"
DOTENV_NAME: Final = ".env"
DEFAULT: Final = "default"
_PREFIX: Final = "OPSROOM_"
_SECTION_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")

# Ours by prefix, but a protocol of their own: what a skill is told about its run.
PROTOCOL_NAMES: Final = frozenset(
    f"OPSROOM_{name}" for name in ("RUN_ID", "AGENT", "OUTPUT_DIR", "PROMPT_FILE", "ALLOW_PRIVATE")
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One declared setting, as the reference documentation shows it. `env[0]` is its own name."""

    section: str
    name: str
    env: tuple[str, ...]
    type: str
    default: str | None
    required: bool
    secret: bool
    description: str

    @property
    def path(self) -> str:
        return f"{self.section}.{self.name}" if self.section else self.name


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """A setting with the value it has now (a secret is only told to be set) and where that came from."""

    setting: Setting
    value: str | None
    source: str


@dataclass(frozen=True, slots=True)
class _Given:
    value: object
    source: str


_Layer = dict[tuple[str, str], _Given]


def declared_settings(sections: Mapping[str, type[Shape]]) -> tuple[Setting, ...]:
    """Every setting there is, in the order of declaration: what the reference documentation is made of."""
    return _declared(sections, docstrings=True)


def _declared(sections: Mapping[str, type[Shape]], *, docstrings: bool) -> tuple[Setting, ...]:
    if len(set(sections.values())) != len(sections):
        raise Fault("One settings class stands under two section names.")
    found: list[Setting] = []
    for section, kind in sections.items():
        if section and not _SECTION_NAME.fullmatch(section):
            raise Fault(f"{section!r} is no name for a settings section: lower case, single underscores.")
        found += _declared_in(section, kind, _field_docstrings(kind) if docstrings else {})
    return tuple(found)


def _field_docstrings(kind: type[Shape]) -> dict[str, str]:
    """The string under each field. Read from the source, so only when documentation is wanted."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    body = definition.body if isinstance(definition, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _declared_in(section: str, kind: type[Shape], docstrings: Mapping[str, str]) -> Iterator[Setting]:
    aliases: Mapping[str, str] = getattr(kind, "ENV", {})
    strangers = sorted(set(aliases.values()) - set(kind.model_fields))
    if strangers:
        raise Fault(f"{kind.__name__}.ENV names fields that do not exist: {', '.join(strangers)}.")
    for name, field in kind.model_fields.items():
        own = _PREFIX + (f"{section}__{name}" if section else name).upper()
        secret = _is_secret(field.annotation)
        yield Setting(
            section=section,
            name=name,
            env=(own, *(variable for variable, target in aliases.items() if target == name)),
            type=_type_words(field.annotation),
            default=None
            if field.is_required()
            else _shown(field.get_default(call_default_factory=True), secret),
            required=field.is_required(),
            secret=secret,
            description=field.description or docstrings.get(name, ""),
        )


class Settings:
    """All sections, validated. Read once at start and passed down; nothing here changes later."""

    def __init__(
        self, values: Mapping[type[Shape], Shape], in_force: tuple[SettingInForce, ...],
        environment: Mapping[str, str], warnings: tuple[str, ...],
    ) -> None:  # fmt: skip
        self._values = values
        self._in_force = in_force
        self.environment: Mapping[str, str] = MappingProxyType(dict(environment))
        """The process environment over `.env`: for what agent files name by variable (`agent_id_env`)."""
        self.warnings = warnings
        """What is not wrong enough to refuse; to be logged once logging is set up."""

    def section(self, kind: type[S]) -> S:
        value = self._values.get(kind)
        if not isinstance(value, kind):
            raise Fault(f"No room declared the settings section {kind.__name__}.")
        return value

    def describe(self) -> tuple[SettingInForce, ...]:
        return self._in_force

    @classmethod
    def load(
        cls,
        sections: Mapping[str, type[Shape]],
        workspace: Path,
        environ: Mapping[str, str],
        *,
        others: Collection[str] = PROTOCOL_NAMES,
    ) -> Settings:
        """Read and validate everything. Raises Invalid with every problem there is.

        `others` are variables beginning with OPSROOM_ that belong to somebody else.
        """
        declared = _declared(sections, docstrings=False)
        reader = _Reader(declared, workspace, others)
        dotenv, warnings = read_dotenv(workspace / DOTENV_NAME, reader.problems)
        given = (
            reader.toml() | reader.variables(dotenv, DOTENV_NAME) | reader.variables(environ, "environment")
        )
        for setting in declared:
            if setting.secret and (found := given.get((setting.section, setting.name))):
                known_secrets.add(str(found.value))
        values = {kind: _validated(name, kind, given, reader.problems) for name, kind in sections.items()}
        _refuse(reader.problems)
        complete = {kind: value for kind, value in values.items() if value is not None}
        return cls(complete, _in_force(declared, sections, complete, given), {**dotenv, **environ}, warnings)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        told = tuple(Problem(problem.path, redact_text(problem.message)) for problem in problems)
        raise Invalid(f"The settings have {count}.", problems=told)


class _Reader:
    """Collects what the sources give, and what is wrong with them."""

    def __init__(self, declared: tuple[Setting, ...], workspace: Path, others: Collection[str]) -> None:
        self.problems: list[Problem] = []
        self._workspace = workspace
        self._declared = declared
        self._by_path = {(setting.section, setting.name): setting for setting in declared}
        self._names = {name: setting for setting in declared for name in setting.env}
        self._file_names = {f"{name}_FILE" for name, setting in self._names.items() if setting.secret}
        self._others = frozenset(others)

    def variables(self, source: Mapping[str, str], label: str) -> _Layer:
        """What a set of variables gives. Within one source a setting's own name beats its aliases."""
        known = self._names.keys() | self._file_names | self._others
        for name in sorted(source):
            if name.startswith(_PREFIX) and name not in known:
                self._unknown(f"{label} {name}", name, known - self._others)
        layer: _Layer = {}
        for setting in self._declared:
            found = next(
                (given for name in setting.env if (given := self._variable(setting, name, source, label))),
                None,
            )
            if found is not None:
                layer[(setting.section, setting.name)] = found
        return layer

    def _variable(self, setting: Setting, name: str, source: Mapping[str, str], label: str) -> _Given | None:
        text = source.get(name, "")
        # A plain setting may itself be called …_file; then its variable is not a pointer to a secret.
        pointer = source.get(f"{name}_FILE", "") if setting.secret else ""
        if text and pointer:
            self._problem(f"{label} {name}", f"is given twice, here and by {name}_FILE; keep one")
        if pointer and not text:
            return self._secret_file(Path(pointer), f"{label} {name}_FILE")
        return _Given(text, f"{label} {name}") if text else None

    def _secret_file(self, path: Path, source: str) -> _Given | None:
        try:
            text = read_small_text(self._workspace / path).strip("\r\n")
        except (OSError, ValueError) as error:
            self._problem(source, f"the file {str(path)!r} cannot be read: {reason(error)}")
            return None
        if not text:
            self._problem(source, f"the file {str(path)!r} is empty")
            return None
        return _Given(text, source)

    def toml(self) -> _Layer:
        path = self._workspace / TOML_NAME
        if not path.exists():
            return {}
        try:
            tables = tomllib.loads(read_small_text(path))
        except (OSError, ValueError, RecursionError) as error:
            self._problem(TOML_NAME, f"cannot be read: {reason(error)}")
            return {}
        layer: _Layer = {}
        sections = {setting.section for setting in self._declared}
        for name, value in tables.items():
            if isinstance(value, dict) and name in sections:
                for inner, inner_value in value.items():
                    self._toml_value(name, inner, inner_value, layer)
            elif isinstance(value, dict) and ("", name) not in self._by_path:
                self._unknown(f"{TOML_NAME} [{name}]", name, sections - {""})
            else:
                self._toml_value("", name, value, layer)
        return layer

    def _toml_value(self, section: str, name: str, value: object, layer: _Layer) -> None:
        source = f"{TOML_NAME} [{section}] {name}" if section else f"{TOML_NAME} {name}"
        setting = self._by_path.get((section, name))
        pointed = self._by_path.get((section, name.removesuffix("_file")))
        if setting is None and pointed is not None and pointed.secret and isinstance(value, str):
            found = self._secret_file(Path(value), source)
            if found is not None:
                layer[(section, pointed.name)] = found
        elif setting is None:
            known = {field for where, field in self._by_path if where == section}
            self._unknown(source, name, known)
        elif setting.secret:
            self._problem(
                source,
                f"is a secret, and {TOML_NAME} is made to be shared; put it into {DOTENV_NAME} as "
                f"{setting.env[-1]}, or into a file of its own named by {name}_file",
            )
        else:
            layer[(section, name)] = _Given(value, source)

    def _unknown(self, where: str, name: str, known: AbstractSet[str]) -> None:
        near = difflib.get_close_matches(name, sorted(known), n=1)
        self._problem(where, "is not a setting" + (f"; did you mean {near[0]}?" if near else ""))

    def _problem(self, where: str, message: str) -> None:
        self.problems.append(Problem(where, message))


def _validated(section: str, kind: type[Shape], given: _Layer, problems: list[Problem]) -> Shape | None:
    """The section's record, or None after telling every value that does not fit and where it came from."""
    mine = {name: given[(section, name)] for name in kind.model_fields if (section, name) in given}
    data = {name: _decoded(kind.model_fields[name], found) for name, found in mine.items()}
    try:
        value = kind.model_validate(data)
    except ValidationError as error:
        problems += [_located(section, kind, problem, mine) for problem in problems_of(error)]
        return None
    for name, held in value:
        if isinstance(held, float) and not math.isfinite(held):
            problems.append(_located(section, kind, Problem(name, "must be a finite number"), mine))
    return value


def _decoded(field: FieldInfo, found: _Given) -> object:
    """Text from a variable, made ready for a field that is not a single value: JSON, or a comma list."""
    if (
        not isinstance(found.value, str)
        or found.source.startswith(TOML_NAME)
        or not _is_container(field.annotation)
    ):
        return found.value
    text = found.value.strip()
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    return [part.strip() for part in text.split(",")]


def _located(section: str, kind: type[Shape], problem: Problem, mine: Mapping[str, _Given]) -> Problem:
    name = problem.path.partition(".")[0]
    path = ".".join(part for part in (section, problem.path) if part) or "settings"
    found = mine.get(name)
    if found is None:
        own = _PREFIX + (f"{section}__{name}" if section else name).upper()
        return Problem(path, f"{problem.message}; set {own}" if name else problem.message)
    got = "" if _is_secret(kind.model_fields[name].annotation) else f", got {str(found.value)[:80]!r}"
    return Problem(path, f"{problem.message}{got} (from {found.source})")


def _in_force(
    declared: tuple[Setting, ...], sections: Mapping[str, type[Shape]],
    values: Mapping[type[Shape], Shape], given: _Layer,
) -> tuple[SettingInForce, ...]:  # fmt: skip
    def one(setting: Setting) -> SettingInForce:
        held: object = getattr(values[sections[setting.section]], setting.name)
        found = given.get((setting.section, setting.name))
        return SettingInForce(setting, _shown(held, setting.secret), found.source if found else DEFAULT)

    return tuple(one(setting) for setting in declared)


def _shown(value: object, secret: bool) -> str | None:
    if value is None:
        return None
    if secret:
        return "(set)"
    if isinstance(value, BaseModel):
        return redact_text(value.model_dump_json())
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(redact_text(str(part)) for part in value)
    return redact_text(str(value).lower() if isinstance(value, bool) else str(value))


def _is_secret(annotation: object) -> bool:
    return annotation in (SecretStr, SecretBytes) or any(_is_secret(part) for part in get_args(annotation))


def _is_container(annotation: object) -> bool:
    origin = get_origin(annotation)
    if isinstance(origin, type) and issubclass(origin, Collection):
        return True
    if isinstance(annotation, type):
        return issubclass(annotation, BaseModel | tuple | list | set | frozenset | dict)
    return any(_is_container(part) for part in get_args(annotation) if part is not type(None))


def _type_words(annotation: object) -> str:
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Za-z])", "", str(annotation))
