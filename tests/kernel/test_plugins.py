"""Plug-ins by real entry points: packages laid out on disk as pip would, broken in every way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opsroom.kernel.errors import AdapterError, NotFound
from opsroom.kernel.plugins import PluginSet, import_extra, load_plugins

Install = Callable[[str, dict[str, str], dict[str, str]], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Lay out a distribution: its modules and its entry points in opsroom.testports."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))

    def lay_out(name: str, modules: dict[str, str], entries: dict[str, str]) -> None:
        for module, source in modules.items():
            (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = [f"{plugin} = {target}" for plugin, target in entries.items()]
        (info / "entry_points.txt").write_text("[opsroom.testports]\n" + "\n".join(lines) + "\n")

    yield lay_out
    for module in set(sys.modules) - before:
        del sys.modules[module]


def found() -> PluginSet:
    return load_plugins("opsroom.testports")


def test_none_installed() -> None:
    plugins = found()
    assert (plugins.names, dict(plugins.loaded), dict(plugins.broken)) == ((), {}, {})
    with pytest.raises(NotFound, match="there are: none"):
        plugins.get("x")


def test_loaded_on_first_use_only(install: Install) -> None:
    install("good", {"plug_a": "A = ['a']", "plug_b": "B = 'b'"}, {"a": "plug_a:A", "b": "plug_b:B"})
    plugins = found()
    assert plugins.names == ("a", "b")
    assert "plug_a" not in sys.modules
    first = plugins.get("a")
    assert first == ["a"]
    assert plugins.get("a") is first
    assert "plug_b" not in sys.modules
    assert dict(plugins.loaded) == {"a": ["a"], "b": "b"}
    assert "b" in plugins
    assert "c" not in plugins


def test_unknown_name_lists_the_known(install: Install) -> None:
    install("good", {"plug_a": "A = 1"}, {"a": "plug_a:A"})
    with pytest.raises(NotFound, match=r"no 'b' among opsroom\.testports; there are: a\."):
        found().get("b")


def test_broken_ones_are_listed_and_the_rest_works(install: Install) -> None:
    modules = {
        "plug_ok": "A = 1",
        "plug_raises": "raise RuntimeError('no luck, token=abcdefgh')",
        "plug_syntax": "def (",
        "plug_needs": "import not_installed_anywhere",
        "plug_asserts": "assert False",
    }
    entries = {
        "ok": "plug_ok:A",
        "raises": "plug_raises:A",
        "syntax": "plug_syntax:A",
        "attribute": "plug_ok:B",
        "gone": "plug_gone:A",
        "needs": "plug_needs:A",
        "extra": "plug_needs:A [google]",
        "asserts": "plug_asserts:A",
    }
    install("mixed", modules, entries)
    plugins = found()
    assert dict(plugins.loaded) == {"ok": 1}
    reasons = {name: broken.reason for name, broken in plugins.broken.items()}
    assert set(reasons) == set(entries) - {"ok"}
    assert reasons["raises"] == "plug_raises:A failed to load: RuntimeError: no luck, token=abcdefgh"
    assert "SyntaxError" in reasons["syntax"]
    assert reasons["attribute"].startswith("plug_ok has no B")
    assert reasons["gone"] == "its own module plug_gone is not there; reinstall mixed 1.0"
    assert reasons["needs"] == (
        "it needs the module not_installed_anywhere, which is not installed. "
        "Run: python -m pip install --force-reinstall mixed"
    )
    assert reasons["extra"].endswith('Run: python -m pip install "mixed[google]"')
    with pytest.raises(AdapterError, match=r"pip install \"mixed\[google\]\"") as caught:
        plugins.get("extra")
    assert caught.value.permanent
    assert caught.value.adapter == "extra"


def test_reasons_are_redacted(install: Install) -> None:
    install("bad", {"plug_r": "raise ValueError('sk-ant-abcdefghijklmnopqrst')"}, {"r": "plug_r:A"})
    assert "[redacted]" in found().broken["r"].reason


def test_two_packages_with_one_name(install: Install) -> None:
    install("one", {"plug_one": "A = 1"}, {"slack": "plug_one:A"})
    install("two", {"plug_two": "A = 2"}, {"slack": "plug_two:A"})
    with pytest.raises(AdapterError, match=r"two packages offer 'slack': .* 1\.0 and .* 1\.0; uninstall one"):
        found().get("slack")


def test_the_same_line_twice_is_no_quarrel(install: Install) -> None:
    install("one", {"plug_one": "A = 1"}, {"slack": "plug_one:A"})
    install("one-again", {}, {"slack": "plug_one:A"})
    assert found().get("slack") == 1


def test_an_object_that_does_not_fulfil_the_port(install: Install) -> None:
    install("good", {"plug_a": "A = 1\nB = 'text'"}, {"a": "plug_a:A", "b": "plug_a:B"})

    def wants_text(plugin: object) -> str | None:
        return None if isinstance(plugin, str) else f"it is a {type(plugin).__name__}, not a str"

    plugins = load_plugins("opsroom.testports", wants_text)
    assert plugins.broken["a"].reason == "it is a int, not a str"
    assert plugins.get("b") == "text"


def test_import_extra() -> None:
    assert import_extra("json", extra="x", adapter="y").__name__ == "json"
    with pytest.raises(AdapterError, match=r'drive needs nowhere_lib.*pip install "opsroom\[google\]"'):
        import_extra("nowhere_lib.discovery", extra="google", adapter="drive")
