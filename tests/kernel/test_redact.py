"""Redaction: canaries in every encoding, keys, shapes, and every way a log line can be made."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import re
import string
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from opsroom.kernel.correlation import work_context
from opsroom.kernel.redact import (
    REDACTED,
    KnownSecrets,
    configure_logging,
    is_secret_key,
    known_secrets,
    redact_json,
    redact_text,
)


@pytest.fixture(autouse=True)
def _forget_secrets() -> Iterator[None]:
    yield
    known_secrets.forget_all()


CANARIES = [
    "can4ry-Jq3x_Zt8-Lw0vRb5KsYm2Nc7",  # the alphabet of token_urlsafe
    "can4ry/with+every&kind?of=sign #\"'\\<>%",
    "can4ry-Grüße-☃-𝄞",
    "can4ry line one\ncan4ry line two, long enough to matter\n",
    "canary",
]

ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "base64": lambda s: base64.b64encode(s.encode()).decode(),
    "base64 url": lambda s: base64.urlsafe_b64encode(s.encode()).decode(),
    "base64 unpadded": lambda s: base64.urlsafe_b64encode(s.encode()).decode().rstrip("="),
    "url": lambda s: quote(s, safe=""),
    "url, slashes kept": quote,
    "url, lower case": lambda s: "".join(
        part.lower() if n % 2 else part for n, part in enumerate(_split_octets(quote(s, safe="")))
    ),
    "form": quote_plus,
    "json": lambda s: json.dumps(s)[1:-1],
    "json, unicode kept": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "json in json": lambda s: json.dumps(json.dumps({"x": s})),
    "hex": lambda s: s.encode().hex(),
    "hex, upper case": lambda s: s.encode().hex().upper(),
    "html": html.escape,
    "repr": lambda s: repr({"x": s}),
}


def _split_octets(quoted: str) -> list[str]:
    return re.split(r"(%..)", quoted)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("canary", CANARIES)
def test_canary_is_found_in_every_encoding(canary: str, encoding: str) -> None:
    known = KnownSecrets()
    known.add(canary)
    worn = ENCODINGS[encoding](canary)
    shown = known.redact(f"before {worn} after")
    assert worn not in shown
    assert REDACTED in shown
    assert shown.startswith(("before ", "before [redacted]"))
    assert shown.endswith(" after")


@pytest.mark.parametrize("user", ["", "a", "ab", "abc", "someone@example.com"])
@pytest.mark.parametrize("tail", ["", "x", "xy", "xyz"])
def test_canary_inside_a_longer_base64(user: str, tail: str) -> None:
    known = KnownSecrets()
    known.add("can4ry-secret-value")
    worn = base64.b64encode(f"{user}:can4ry-secret-value{tail}".encode()).decode()
    shown = known.redact("Basic " + worn)
    left = shown.replace(REDACTED, "").removeprefix("Basic ")
    # What stays is the neighbours, and at most a part of one character on each side.
    assert len(left) <= len(base64.b64encode(f"{user}:{tail}".encode())) + 4
    assert "Y2FuNHJ5" not in shown


@given(st.text(min_size=6, max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_no_registered_value_survives(secret: str, before: str, after: str) -> None:
    known = KnownSecrets()
    known.add(secret)
    if len(known) == 0:  # too short without its blanks, or a part of the marker itself
        return
    shown = known.redact(before + secret + after)
    assert secret not in shown.replace(REDACTED, "\0")
    assert known.redact(shown).count(REDACTED) >= 1


@given(st.lists(st.text(alphabet=string.ascii_letters + string.digits, min_size=8, max_size=20), max_size=30))
def test_text_without_secrets_is_left_as_it_is(values: list[str]) -> None:
    known = KnownSecrets()
    for value in values:
        known.add(value)
    assert (
        known.redact("A page – with ümlauts, 12 titles\nand a line.")
        == "A page – with ümlauts, 12 titles\nand a line."
    )


def test_overlapping_secrets_and_repeats() -> None:
    known = KnownSecrets()
    known.add("secret-one")
    known.add("secret-one-longer")
    known.add("secret-one")
    assert len(known) == 2
    assert known.redact("secret-one-longer,secret-one,secret-on") == "[redacted],[redacted],secret-on"


def test_too_short_a_secret_does_not_blank_out_words() -> None:
    known = KnownSecrets()
    for value in ("", "a", "abcde", "   a   "):
        known.add(value)
    assert known.redact("abcde abcdef") == "abcde abcdef"


def test_fields_and_lines_of_a_key_file_are_secrets_too() -> None:
    line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ"
    key = f"-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----\n"
    known = KnownSecrets()
    known.add(
        json.dumps({"type": "service_account", "private_key": key, "client_email": "robot@example.com"})
    )
    assert line not in known.redact(f"parse error near {line}")
    assert known.redact("robot@example.com") == "robot@example.com"


def test_bytes_that_are_no_text() -> None:
    known = KnownSecrets()
    raw = bytes(range(200, 232))
    known.add(raw)
    for worn in (raw.hex(), base64.b64encode(raw).decode(), quote(raw)):
        assert known.redact(worn) == REDACTED


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "API_KEY",
        "apiKey",
        "X-Api-Key",
        "ANTHROPIC_API_KEY",
        "authorization",
        "Set-Cookie",
        "client_secret",
        "access_token",
        "accessToken",
        "csrf_token",
        "X-Hub-Signature-256",
        "private_key",
        "password_hash",
        "basicAuth",
    ],
)
def test_secret_keys(name: str) -> None:
    assert is_secret_key(name)
    assert redact_json({name: "v"}) == {name: REDACTED}
    assert redact_json({name: ["v"]}) == {name: REDACTED}
    assert redact_json({name: None, "n": 1}) == {name: None, "n": 1}


@pytest.mark.parametrize(
    "name",
    [
        "input_tokens",
        "max_tokens",
        "api_key_id",
        "author",
        "key",
        "idempotency_key",
        "session_id",
        "tokenizer",
        "client_key",
        "secret_name",
        "payload_hash",
        "",
        "123",
        "cookie_count",
    ],
)
def test_ordinary_keys(name: str) -> None:
    assert not is_secret_key(name)
    assert redact_json({name: 12}) == {name: 12}


@pytest.mark.parametrize(
    "text",
    [
        "sk-ant-api03-AbCdEfGhIjKlMnOpQrSt",
        "xoxb-123456789012-abcdefghij",
        "owf_agent_01k3_AbCdEfGhIjKlMnOpQrStUvWxYz012345",
        "pk_1234567_ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_token_shapes(text: str) -> None:
    assert redact_text(f"a {text} b") == "a [redacted] b"


def test_values_after_a_telling_name() -> None:
    assert redact_text("Authorization: Bearer abcdefghijklmnop1234") == "Authorization: Bearer [redacted]"
    assert redact_text("postgresql://bob:hunter2@db/x") == "postgresql://bob:[redacted]@db/x"
    assert redact_text("GET /f?a=1&token=abc&b=2") == "GET /f?a=1&token=[redacted]&b=2"
    assert redact_text("GET /f?X-Amz-Signature=abc") == "GET /f?X-Amz-Signature=[redacted]"
    assert redact_text('{"client_secret": "abc", "x": 1}') == '{"client_secret": "[redacted]", "x": 1}'
    assert redact_text("host=db password=abc dbname=x") == "host=db password=[redacted] dbname=x"
    assert redact_text("The bearer of good news: basic income") == "The bearer of good news: basic income"


def test_long_hostile_text_is_quick() -> None:
    known_secrets.add("can4ry-for-speed")
    for text in (
        "?" * 50_000,
        "://" * 20_000,
        '"token' * 10_000,
        "a" * 100_000,
        "eyJ" * 30_000,
        "owf_" * 20_000,
    ):
        redact_text(text)


def test_json_copy_leaves_the_original_and_ends() -> None:
    known_secrets.add("can4ry-nested-value")
    loop: list[object] = []
    loop.append(loop)
    data = {
        "a": [{"b": ("can4ry-nested-value", b"can4ry-nested-value", {1})}],
        "can4ry-nested-value": 1,
        "loop": loop,
    }
    shown = redact_json(data)
    assert "can4ry" not in json.dumps(shown)
    assert data["a"] == [{"b": ("can4ry-nested-value", b"can4ry-nested-value", {1})}]
    assert "[too deep to show]" in json.dumps(shown)


class _Talkative:
    def __repr__(self) -> str:
        return "Talkative(can4ry-in-a-repr)"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, object]]]]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    out = io.StringIO()
    configure_logging("json", stream=out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_no_canary_in_any_kind_of_log_line(lines: Callable[[], list[dict[str, object]]]) -> None:
    secret = 'can4ry-"quoted"\nand-broken/ü'
    known_secrets.add(secret)
    known_secrets.add("can4ry-in-a-repr")
    log = structlog.get_logger()
    for worn in (encode(secret) for encode in ENCODINGS.values()):
        log.info("test.said", text=worn, nested={"deep": [worn]}, raw=worn.encode())
        logging.getLogger("some.library").warning("failed with %s", worn, extra={"detail": worn})
        try:
            raise ValueError(worn)
        except ValueError:
            log.exception("test.failed", thing=_Talkative())
            logging.getLogger("some.library").exception("failed")
    text = json.dumps(lines(), ensure_ascii=False)
    assert len(lines()) == 4 * len(ENCODINGS)
    for name, encode in ENCODINGS.items():
        assert encode(secret) not in text, name
        assert json.dumps(encode(secret), ensure_ascii=False)[1:-1] not in text, name
    assert "can4ry" not in text


def test_log_line_has_action_level_time_and_ids(lines: Callable[[], list[dict[str, object]]]) -> None:
    with work_context(correlation="corr_1", causation="ev_1", actor="actor_1"):
        structlog.get_logger().info("run.started", run_id="run_1", api_key="x")
    structlog.get_logger().debug("run.too_quiet")
    (line,) = lines()
    assert list(line)[:3] == ["at", "level", "event"]
    assert str(line["at"]).endswith("Z")
    assert {k: v for k, v in line.items() if k != "at"} == {
        "level": "info",
        "event": "run.started",
        "run_id": "run_1",
        "api_key": REDACTED,
        "correlation_id": "corr_1",
        "causation_id": "ev_1",
        "actor_id": "actor_1",
    }


def test_a_library_with_its_own_handler_is_routed_through(
    lines: Callable[[], list[dict[str, object]]],
) -> None:
    own = io.StringIO()
    library = logging.getLogger("library.with.handler")
    library.addHandler(logging.StreamHandler(own))
    library.propagate = False
    out = io.StringIO()
    configure_logging("json", stream=out)
    library.warning("hello\nworld")
    assert own.getvalue() == ""
    assert json.loads(out.getvalue())["event"] == "hello\nworld"
    assert len(out.getvalue().splitlines()) == 1


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_console_only_on_a_terminal_and_without_control_codes(
    lines: Callable[[], list[dict[str, object]]],
) -> None:
    screen, pipe = _Terminal(), io.StringIO()
    configure_logging("console", stream=pipe)
    structlog.get_logger().info("test.said", text="x")
    assert json.loads(pipe.getvalue())["event"] == "test.said"
    configure_logging("console", stream=screen)
    known_secrets.add("can4ry-on-screen")
    structlog.get_logger().info("test.said", text="\x1b[2Jevil\rcan4ry-on-screen\nfake line")
    assert "\x1b[2J" not in screen.getvalue()
    assert "can4ry" not in screen.getvalue()
    assert len(screen.getvalue().splitlines()) == 1
