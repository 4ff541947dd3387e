"""Settings: four sources, every mistake at once, no secret in any message."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr, model_validator

from opsroom.kernel.dotenv import parse_dotenv
from opsroom.kernel.errors import Fault, Invalid, Problem
from opsroom.kernel.redact import known_secrets
from opsroom.kernel.settings import Settings, declared_settings
from opsroom.kernel.shape import Shape


@pytest.fixture(autouse=True)
def _forget_secrets() -> Iterator[None]:
    yield
    known_secrets.forget_all()


class HouseSettings(Shape):
    """The top level."""

    ENV: ClassVar[Mapping[str, str]] = {"PORT": "port", "DATABASE_PATH": "database_path"}

    port: int = Field(default=3000, ge=1, le=65535)
    """Where the server listens."""
    database_path: Path | None = None
    log_format: Literal["auto", "json", "console"] = "auto"
    """How log lines look."""


class RunsSettings(Shape):
    """How runs are looked after."""

    ENV: ClassVar[Mapping[str, str]] = {
        "DEFAULT_MAX_SESSION_COST_USD": "max_session_cost_usd",
        "ANTHROPIC_API_KEY": "api_key",
        "ANTHROPIC_BASE_URL": "base_url",
    }

    lease_s: float = Field(default=5.0, gt=0)
    """Seconds of silence
    after which a worker is taken for dead."""
    max_session_cost_usd: Decimal = Decimal("5.00")
    api_key: SecretStr | None = None
    """Key of the provider."""
    base_url: str = "https://api.anthropic.com"
    tags: tuple[str, ...] = ("a", "b")
    weights: dict[str, int] = Field(default_factory=dict)
    dry_run: bool = False


class SlackSettings(Shape):
    signing_secret: SecretStr
    low: int = 1
    high: int = 2

    @model_validator(mode="after")
    def _ordered(self) -> SlackSettings:
        if self.low > self.high:
            raise ValueError("low is above high")
        return self


SECTIONS: dict[str, type[Shape]] = {"": HouseSettings, "runs": RunsSettings}


def load(
    tmp_path: Path, environ: Mapping[str, str] | None = None, sections: dict[str, type[Shape]] = SECTIONS
) -> Settings:
    return Settings.load(sections, tmp_path, environ or {})


def problems(
    tmp_path: Path, environ: Mapping[str, str] | None = None, sections: dict[str, type[Shape]] = SECTIONS
) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        load(tmp_path, environ, sections)
    return {problem.path: problem.message for problem in caught.value.problems}


def test_defaults_when_nothing_is_given(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.section(RunsSettings) == RunsSettings()
    assert {known.source for known in settings.describe()} == {"default"}


def test_later_sources_win_and_are_told(tmp_path: Path) -> None:
    (tmp_path / "opsroom.toml").write_text(
        'port = 4000\nlog_format = "json"\n[runs]\nlease_s = 7\nbase_url = "http://a"\ntags = ["x"]\n'
    )
    dotenv = tmp_path / ".env"
    dotenv.write_text("OPSROOM_RUNS__LEASE_S=8\nANTHROPIC_BASE_URL=http://b\n")
    dotenv.chmod(0o600)
    settings = load(
        tmp_path, {"OPSROOM_RUNS__LEASE_S": "9", "DEFAULT_MAX_SESSION_COST_USD": "1.50", "OPSROOM_PORT": ""}
    )
    runs = settings.section(RunsSettings)
    assert (runs.lease_s, runs.base_url, runs.tags, runs.max_session_cost_usd) == (
        9.0,
        "http://b",
        ("x",),
        Decimal("1.50"),
    )
    assert settings.section(HouseSettings).port == 4000
    told = {known.setting.path: (known.value, known.source) for known in settings.describe()}
    assert told["runs.lease_s"] == ("9.0", "environment OPSROOM_RUNS__LEASE_S")
    assert told["runs.base_url"] == ("http://b", ".env ANTHROPIC_BASE_URL")
    assert told["runs.tags"] == ("x", "opsroom.toml [runs] tags")
    assert told["port"] == ("4000", "opsroom.toml port")
    assert told["runs.dry_run"] == ("false", "default")
    assert settings.warnings == ()


def test_own_name_beats_the_vendors(tmp_path: Path) -> None:
    settings = load(tmp_path, {"PORT": "1", "OPSROOM_PORT": "2"})
    assert settings.section(HouseSettings).port == 2
    dotenv = tmp_path / ".env"
    dotenv.write_text("OPSROOM_PORT=2\n")
    dotenv.chmod(0o600)
    assert load(tmp_path, {"PORT": "1"}).section(HouseSettings).port == 1


def test_every_mistake_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "opsroom.toml").write_text(
        'prot = 1\n[runs]\nlease_s = -1\nleese_s = 3\napi_key = "sk-in-toml-1234"\n[rums]\nx = 1\n'
    )
    dotenv = tmp_path / ".env"
    dotenv.write_text("OPSROOM_RUNS__TAG=x\nthis is no assignment\nSENTINEL_AGENT_ID=agent_1\n")
    dotenv.chmod(0o600)
    environ = {
        "PORT": "eighty",
        "OPSROOM_RUNS__DRY_RUN": "perhaps",
        "OPSROOM_RUN__LEASE_S": "3",
        "OPSROOM_RUN_ID": "run_1",
        "ANTHROPIC_API_KEY": "sk-given-twice",
        "ANTHROPIC_API_KEY_FILE": "nowhere",
        "OPSROOM_RUNS__WEIGHTS": "{half",
        "DEFAULT_MAX_SESSION_COST_USD": "NaN",
    }
    found = problems(tmp_path, environ)
    assert found == {
        "opsroom.toml prot": "is not a setting; did you mean port?",
        "opsroom.toml [runs] leese_s": "is not a setting; did you mean lease_s?",
        "opsroom.toml [runs] api_key": found["opsroom.toml [runs] api_key"],
        "opsroom.toml [rums]": "is not a setting; did you mean runs?",
        ".env OPSROOM_RUNS__TAG": "is not a setting; did you mean OPSROOM_RUNS__TAGS?",
        ".env line 2": "is not NAME=value, or a quote is not closed",
        "environment OPSROOM_RUN__LEASE_S": "is not a setting; did you mean OPSROOM_RUNS__LEASE_S?",
        "environment ANTHROPIC_API_KEY": "is given twice, here and by ANTHROPIC_API_KEY_FILE; keep one",
        "port": found["port"],
        "runs.lease_s": found["runs.lease_s"],
        "runs.dry_run": found["runs.dry_run"],
        "runs.weights": found["runs.weights"],
        "runs.max_session_cost_usd": found["runs.max_session_cost_usd"],
    }
    assert "ANTHROPIC_API_KEY" in found["opsroom.toml [runs] api_key"]
    assert found["port"].endswith(", got 'eighty' (from environment PORT)")
    assert found["runs.lease_s"].endswith(", got '-1' (from opsroom.toml [runs] lease_s)")
    assert "sk-" not in json.dumps(found)


def test_required_and_whole_section_problems(tmp_path: Path) -> None:
    sections: dict[str, type[Shape]] = {"slack": SlackSettings}
    assert problems(tmp_path, {}, sections) == {
        "slack.signing_secret": "is required; set OPSROOM_SLACK__SIGNING_SECRET"
    }
    environ = {"OPSROOM_SLACK__SIGNING_SECRET": "abcdefgh", "OPSROOM_SLACK__LOW": "3"}
    assert problems(tmp_path, environ, sections) == {"slack": "value error, low is above high"}


def test_infinite_numbers_are_refused(tmp_path: Path) -> None:
    assert "finite" in problems(tmp_path, {"OPSROOM_RUNS__LEASE_S": "inf"})["runs.lease_s"]
    assert "runs.lease_s" in problems(tmp_path, {"OPSROOM_RUNS__LEASE_S": "nan"})


@pytest.mark.parametrize("text", ["x =\n", "\x00", "[a\n", "a = 1\na = 2\n"])
def test_broken_toml_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "opsroom.toml").write_text(text)
    assert "line" in problems(tmp_path)["opsroom.toml"]


def test_toml_that_is_no_text_or_no_file(tmp_path: Path) -> None:
    (tmp_path / "opsroom.toml").write_bytes(b"\xff\xfe")
    assert problems(tmp_path) == {"opsroom.toml": "cannot be read: it is not UTF-8 text"}
    (tmp_path / "opsroom.toml").unlink()
    (tmp_path / "opsroom.toml").mkdir()
    assert problems(tmp_path) == {"opsroom.toml": "cannot be read: Is a directory"}


def test_secret_from_a_file_is_read_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-from-a-file-99\n")
    for environ, toml in (
        ({"ANTHROPIC_API_KEY_FILE": str(tmp_path / "key")}, ""),
        ({}, '[runs]\napi_key_file = "key"\n'),
    ):
        (tmp_path / "opsroom.toml").write_text(toml)
        settings = load(tmp_path, environ)
        key = settings.section(RunsSettings).api_key
        assert key is not None
        assert key.get_secret_value() == "sk-from-a-file-99"
        (told,) = [known for known in settings.describe() if known.setting.name == "api_key"]
        assert (told.value, told.setting.secret) == ("(set)", True)
        assert told.source.endswith(("ANTHROPIC_API_KEY_FILE", "api_key_file"))
    assert known_secrets.redact("x sk-from-a-file-99 y") == "x [redacted] y"


def test_secret_files_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    assert problems(tmp_path, {"ANTHROPIC_API_KEY_FILE": "empty"}) == {
        "environment ANTHROPIC_API_KEY_FILE": "the file 'empty' is empty"
    }
    assert problems(tmp_path, {"OPSROOM_RUNS__API_KEY_FILE": "nowhere"}) == {
        "environment OPSROOM_RUNS__API_KEY_FILE": (
            "the file 'nowhere' cannot be read: No such file or directory"
        )
    }
    # Only secrets have a …_FILE.
    assert "environment OPSROOM_RUNS__BASE_URL_FILE" in problems(
        tmp_path, {"OPSROOM_RUNS__BASE_URL_FILE": "x"}
    )


def test_invalid_secret_is_not_quoted(tmp_path: Path) -> None:
    class Strict(Shape):
        api_key: SecretStr = Field(min_length=60)

    found = problems(tmp_path, {"OPSROOM_S__API_KEY": "not-long-enough-secret"}, {"s": Strict})
    assert list(found) == ["s.api_key"]
    assert "not-long-enough-secret" not in json.dumps(found)


def test_lists_and_tables_from_variables(tmp_path: Path) -> None:
    environ = {"OPSROOM_RUNS__TAGS": "x, y", "OPSROOM_RUNS__WEIGHTS": '{"a": 1}'}
    runs = load(tmp_path, environ).section(RunsSettings)
    assert runs.tags == ("x", "y")
    assert runs.weights == {"a": 1}
    assert load(tmp_path, {"OPSROOM_RUNS__TAGS": '["x,y"]'}).section(RunsSettings).tags == ("x,y",)


def test_readable_dotenv_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=1\nSENTINEL_AGENT_ID=agent_1\n")
    (tmp_path / ".env").chmod(0o644)
    settings = load(tmp_path, {"PORT": "5"})
    assert settings.warnings == (".env can be read by others; run: chmod 600 .env",)
    assert settings.environment["SENTINEL_AGENT_ID"] == "agent_1"
    assert settings.environment["PORT"] == "5"


def test_mistakes_of_the_declaration_are_faults(tmp_path: Path) -> None:
    class Wrong(Shape):
        ENV: ClassVar[Mapping[str, str]] = {"X": "nothing"}

    with pytest.raises(Fault, match="nothing"):
        load(tmp_path, {}, {"wrong": Wrong})
    with pytest.raises(Fault, match="two section names"):
        load(tmp_path, {}, {"a": RunsSettings, "b": RunsSettings})
    with pytest.raises(Fault, match="no name"):
        load(tmp_path, {}, {"a__b": RunsSettings})
    with pytest.raises(Fault, match="SlackSettings"):
        load(tmp_path).section(SlackSettings)


def test_reference_lists_every_setting_with_its_text() -> None:
    settings = {known.path: known for known in declared_settings(SECTIONS)}
    assert len(settings) == len(HouseSettings.model_fields) + len(RunsSettings.model_fields)
    lease = settings["runs.lease_s"]
    assert lease.env == ("OPSROOM_RUNS__LEASE_S",)
    assert lease.description == "Seconds of silence\nafter which a worker is taken for dead."
    assert (lease.type, lease.default, lease.required, lease.secret) == ("float", "5.0", False, False)
    assert settings["port"].env == ("OPSROOM_PORT", "PORT")
    assert settings["database_path"].type == "Path | None"
    assert settings["runs.tags"].default == "a, b"
    assert settings["runs.api_key"].secret


@given(
    st.dictionaries(
        st.from_regex(r"\A[A-Z_][A-Z0-9_]{0,8}\Z"),
        st.text(st.characters(codec="utf-8"), max_size=30),
        max_size=5,
    )
)
def test_dotenv_double_quotes_hold_any_text(values: dict[str, str]) -> None:
    def quoted(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r")

    found: list[Problem] = []
    text = "".join(f'export {name} = "{quoted(value)}" # note\n' for name, value in values.items())
    assert parse_dotenv(text, found) == values
    assert found == []


@given(st.text(alphabet="A='\"#\\ \n$x", max_size=40))
def test_dotenv_of_any_text_ends(text: str) -> None:
    parse_dotenv(text, [])


def test_dotenv_forms() -> None:
    found: list[Problem] = []
    text = "# note\n\nA=1\nB= two words # note\nC='$x # \\n'\nD=a#b\n"
    text += 'E=\nexport F="l1\nl2\\n"\r\nG=x\r\nA=2\n!\nH=\'open\nI=1'
    assert parse_dotenv(text, found) == {
        "A": "2", "B": "two words", "C": "$x # \\n", "D": "a#b", "E": "", "F": "l1\nl2\n", "G": "x", "I": "1",
    }  # fmt: skip
    assert [problem.path for problem in found] == [".env line 12", ".env line 13"]
