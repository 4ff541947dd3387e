"""Adapters by entry point: one group per port, loaded when first used, broken ones listed.

A third party's channel or engine is found like our own: by a line in its package's entry points. A
plug-in that cannot be imported must not stop the server, so its failure becomes a reason a person
can read, with the command to run if only an optional part is not installed. Name the optional part
in the entry point: `drive = "opsroom.delivery.channels.drive:CHANNEL [google]"`.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType, ModuleType
from typing import Final, Protocol

import structlog

from opsroom.kernel.errors import AdapterError, NotFound
from opsroom.kernel.redact import redact_text

log = structlog.get_logger()

GROUPS: Final = (
    "opsroom.channels",
    "opsroom.engines",
    "opsroom.sources",
    "opsroom.providers",
    "opsroom.connectors",
    "opsroom.nodes",
    "opsroom.repositories",
)
_HOUSE: Final = "opsroom"


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """Why a plug-in cannot be used and what to do about it, for the person who runs the server."""

    name: str
    target: str
    reason: str


class PluginCheck(Protocol):
    """Looks at a loaded object; returns what is wrong with it, or None if it fulfils the port."""

    def __call__(self, plugin: object) -> str | None: ...


class PluginSet:
    """The plug-ins of one group. Nothing is imported before it is asked for."""

    def __init__(self, group: str, offered: Iterable[EntryPoint], check: PluginCheck | None = None) -> None:
        self.group = group
        self._check = check
        self._loaded: dict[str, object] = {}
        self._broken: dict[str, BrokenPlugin] = {}
        self._offered: dict[str, EntryPoint] = {}
        self._lock = threading.RLock()
        for entry in offered:
            self._offer(entry)

    def _offer(self, entry: EntryPoint) -> None:
        rival = self._offered.setdefault(entry.name, entry)
        # The same line can be found twice (a checkout beside its installed self): no quarrel.
        if rival.value != entry.value:
            reason = (
                f"two packages offer {entry.name!r}: {_source(rival)} and {_source(entry)}; uninstall one"
            )
            self._broken[entry.name] = BrokenPlugin(entry.name, f"{rival.value}, {entry.value}", reason)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._offered))

    def __contains__(self, name: object) -> bool:
        return name in self._offered

    @property
    def names(self) -> tuple[str, ...]:
        """Every plug-in on offer, broken or not."""
        return tuple(self)

    @property
    def loaded(self) -> MappingProxyType[str, object]:
        """Every plug-in that works. Loads all of them."""
        self.load_all()
        return MappingProxyType(self._loaded)

    @property
    def broken(self) -> MappingProxyType[str, BrokenPlugin]:
        """Every plug-in that does not. Loads all of them."""
        self.load_all()
        return MappingProxyType(self._broken)

    def load_all(self) -> None:
        for name in self:
            self._load(name)

    def get(self, name: str) -> object:
        """The plug-in of that name. Raises NotFound if none is offered, AdapterError if it is broken."""
        if name not in self._offered:
            known = ", ".join(self) or "none"
            raise NotFound(f"There is no {name!r} among {self.group}; there are: {known}.")
        self._load(name)
        if name in self._broken:
            broken = self._broken[name]
            raise AdapterError(f"{name} cannot be used: {broken.reason}.", adapter=name, permanent=True)
        return self._loaded[name]

    def _load(self, name: str) -> None:
        with self._lock:
            if name in self._loaded or name in self._broken:
                return
            entry = self._offered[name]
            plugin, reason = _import(entry)
            if reason is None and self._check is not None:
                reason = self._check(plugin)
            if reason is None:
                self._loaded[name] = plugin
                return
            self._broken[name] = BrokenPlugin(name, entry.value, redact_text(reason))
            log.warning("plugin.broken", group=self.group, plugin=name, reason=reason)


def load_plugins(group: str, check: PluginCheck | None = None) -> PluginSet:
    """What is installed under `group`; each is imported on first use."""
    return PluginSet(group, entry_points(group=group), check)


def _import(entry: EntryPoint) -> tuple[object, str | None]:
    try:
        return entry.load(), None
    except ModuleNotFoundError as error:
        return None, _missing(entry, error)
    except AttributeError as error:
        return None, f"{entry.module} has no {entry.attr} ({error})"
    # One of the three places where everything is caught: a plug-in is anybody's code, and whatever it
    # raises while it is imported must cost its own use, not the server's start.
    except Exception as error:  # noqa: BLE001
        return None, f"{entry.value} failed to load: {type(error).__name__}: {error}"


def _missing(entry: EntryPoint, error: ModuleNotFoundError) -> str:
    missing = error.name or str(error)
    if missing.partition(".")[0] == entry.module.partition(".")[0]:
        return f"its own module {missing} is not there; reinstall {_source(entry)}"
    if entry.extras:
        wanted = f"{_distribution(entry)}[{','.join(entry.extras)}]"
        return f"the package with {missing} is not installed. {_command(wanted)}"
    again = f"Run: python -m pip install --force-reinstall {_distribution(entry)}"
    return f"it needs the module {missing}, which is not installed. {again}"


def _distribution(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else _HOUSE


def _source(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else entry.module


def _command(requirement: str) -> str:
    return f'Run: python -m pip install "{requirement}"'


def import_extra(module: str, *, extra: str, adapter: str) -> ModuleType:
    """A heavy library, imported by its adapter alone and only when used.

    Raises AdapterError with the command to run if the extra is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        command = _command(f"{_HOUSE}[{extra}]")
        raise AdapterError(
            f"{adapter} needs {error.name}, which is not installed. {command}",
            adapter=adapter,
            permanent=True,
        ) from error
