"""Secrets stay out of everything a person can read: logs, rows, comments, reports, pages.

Three nets, each catching what the others let through:

* by value: every secret that was read or unsealed is registered here, and found again in any text in
  the encodings it commonly wears (as it is, base64, URL-quoted, JSON-escaped, hex, HTML-escaped);
* by key: what stands under `password`, `api_key`, `authorization` and the like is never shown;
* by shape: tokens of known vendors, our own API keys, private keys, credentials in URLs.

`configure_logging` puts the nets under every log line. A secret shorter than MIN_SECRET_CHARS is not
registered by value, since it would blank out ordinary words; the other two nets still hold it.
"""

from __future__ import annotations

import base64
import html
import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time
from pathlib import PurePath
from typing import Final, Literal, TextIO
from urllib.parse import quote, quote_plus

import structlog
from stamina.instrumentation import set_on_retry_hooks
from structlog.typing import EventDict, Processor

from opsroom.kernel.correlation import actor_id, causation_id, correlation_id

REDACTED: Final = "[redacted]"
MIN_SECRET_CHARS: Final = 6
_MAX_DEPTH: Final = 64


class KnownSecrets:
    """The values that must not be seen, and their disguises.

    A look-up table from the first six characters of each form to the forms: the cost of a text grows
    with its length alone. (One regular expression with 3,000 alternatives took 3.7 ms for a line of
    300 characters and 0.2 s to rebuild at each new secret; the table takes 0.05 ms and no rebuild.)
    """

    def __init__(self) -> None:
        self._forms_by_head: dict[str, tuple[str, ...]] = {}
        self._values: set[str] = set()
        self._lock = threading.Lock()

    def add(self, value: str | bytes) -> None:
        """Register a secret. Idempotent; too short a value is left to the nets by key and by shape."""
        text = value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
        if len(text.strip()) < MIN_SECRET_CHARS or text in REDACTED:
            return
        with self._lock:
            if text in self._values:
                return
            self._values.add(text)
            for part in _parts(text):
                self._add_forms(_forms(part))

    def _add_forms(self, forms: Iterable[str]) -> None:
        for form in forms:
            head = form[:MIN_SECRET_CHARS]
            known = self._forms_by_head.get(head, ())
            if form not in known:
                # Longest first, so that a padded or quoted form goes as a whole.
                self._forms_by_head[head] = tuple(sorted((*known, form), key=len, reverse=True))

    def forget_all(self) -> None:
        """Start anew: for tests, whose secrets would else be looked for in each other's texts."""
        with self._lock:
            self._values.clear()
            self._forms_by_head.clear()

    def __len__(self) -> int:
        return len(self._values)

    def redact(self, text: str) -> str:
        """`text` with every known secret, in every form, replaced."""
        table = self._forms_by_head
        if not table or len(text) < MIN_SECRET_CHARS:
            return text
        size = MIN_SECRET_CHARS
        if table.keys().isdisjoint(text[at : at + size] for at in range(len(text) - size + 1)):
            return text
        return "".join(self._pieces(text))

    def _pieces(self, text: str) -> Iterator[str]:
        shown_to = at = 0
        while at <= len(text) - MIN_SECRET_CHARS:
            forms = self._forms_by_head.get(text[at : at + MIN_SECRET_CHARS], ())
            found = next((form for form in forms if text.startswith(form, at)), None)
            if found is None:
                at += 1
                continue
            yield text[shown_to:at]
            yield REDACTED
            at += len(found)
            shown_to = at
        yield text[shown_to:]


known_secrets: Final = KnownSecrets()


def _parts(secret: str) -> set[str]:
    """The secret, and what of it is a secret by itself: long lines, the fields of a JSON key file."""
    parts = {secret, secret.strip()}
    if "\n" in secret:
        parts |= {line.strip() for line in secret.splitlines() if len(line) >= 20 and "-----" not in line}
    if secret.lstrip().startswith("{"):
        parts |= set(_secret_leaves(secret))
    return parts


def _secret_leaves(text: str) -> Iterator[str]:
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return
    for name, leaf in loaded.items() if isinstance(loaded, dict) else ():
        if isinstance(leaf, str) and len(leaf) >= MIN_SECRET_CHARS and is_secret_key(name):
            yield from _parts(leaf)


def _forms(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogateescape")
    forms = {secret, raw.hex(), raw.hex().upper(), html.escape(secret), repr(secret)[1:-1]}
    for escaped in (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        # A JSON text inside a JSON text is escaped twice; key files travel like that.
        forms |= {escaped, json.dumps(escaped)[1:-1], escaped.replace("/", "\\/")}
    for safe in ("", "/", "/:@!$'()*,;?~"):
        for quoted in (quote(raw, safe=safe), quote_plus(raw, safe=safe)):
            forms |= {quoted, re.sub("%..", lambda octet: octet.group().lower(), quoted)}
    forms |= _base64_forms(raw)
    return {form for form in forms if len(form) >= MIN_SECRET_CHARS}


def _base64_forms(raw: bytes) -> set[str]:
    """Base64 of the secret alone, and the part it determines when it stands inside something longer.

    `user:secret` of Basic authentication puts the secret at any of three offsets within a group.
    """
    forms = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    for before in range(3):
        padded = bytes(before) + raw
        certain = slice(-(-before * 8 // 6), len(padded) * 8 // 6)
        forms |= {
            base64.b64encode(padded).decode()[certain],
            base64.urlsafe_b64encode(padded).decode()[certain],
        }
    return forms


# By key. Words, not substrings: `input_tokens` and `api_key_id` are no secrets, `X-Api-Key` is one.
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_NOUNS_TEXT: Final = (
    "password passwd passphrase secret secrets token authorization auth cookie cookies credential "
    "credentials signature apikey accesstoken refreshtoken privatekey jwt otp"
)
_SECRET_NOUNS: Final = frozenset(_NOUNS_TEXT.split())
_KINDS_OF_KEY: Final = frozenset({"api", "private", "access", "signing", "secret", "encryption", "seal"})
_key_verdicts: dict[str, bool] = {}


def is_secret_key(name: str) -> bool:
    """Is what stands under `name` a secret by its name?"""
    verdict = _key_verdicts.get(name)
    if verdict is None:
        verdict = _judge_key(name)
        if len(_key_verdicts) < 10_000:  # names come from outside too
            _key_verdicts[name] = verdict
    return verdict


def _judge_key(name: str) -> bool:
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and words[-1].isdigit():  # X-Hub-Signature-256, password2
        words.pop()
    before_last = words[-2] if len(words) > 1 else ""
    if words[-1:] == ["key"]:
        return before_last in _KINDS_OF_KEY
    if words[-1:] == ["hash"]:
        return before_last == "password"
    return bool(words) and words[-1] in _SECRET_NOUNS


# By shape.
_TOKEN_SHAPES: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----"
    r"|\b(?:sk-[A-Za-z0-9_-]{16,}|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|owf_\w+_[A-Za-z0-9-]{20,}"
    r"|pk_[0-9]+_[A-Z0-9]{16,}|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|whsec_[A-Za-z0-9+/=]{16,}"
    r"|AKIA[0-9A-Z]{16}|AIza[\w-]{35}|ya29\.[\w-]{20,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)",
    re.DOTALL,
)
_AFTER_A_NAME: Final = re.compile(
    r"((?:[Bb]earer|[Bb]asic) +)[A-Za-z0-9._~+/=-]{16,}"
    r"|([?&](?:[A-Za-z0-9_-]*(?:token|signature|secret|password|api_?key)|sig|key|X-Amz-Credential)=)[^&#\s\"'<>]+"
    r"|(://[^/\s:@]*:)[^/\s@]+(?=@)"
    r"|(\"[\w-]*(?:token|secret|password|api_?key|authorization)\"\s*:\s*\")[^\"]+|(\bpassword=)[^\s&;,'\"]+",
    re.IGNORECASE,
)


def _keep_name(found: re.Match[str]) -> str:
    return next(group for group in found.groups() if group is not None) + REDACTED


def redact_text(text: str) -> str:
    """`text` without secrets: known values in any encoding, and what has the shape of a token."""
    text = known_secrets.redact(text)
    return _AFTER_A_NAME.sub(_keep_name, _TOKEN_SHAPES.sub(REDACTED, text))


def redact_json(value: object) -> object:
    """A copy of `value` fit to be shown: nested JSON-like data without secrets.

    What is not JSON becomes its redacted `repr`, so that no object carries a secret past the nets.
    """
    return _redact(value, _MAX_DEPTH)


def _redact(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes | bytearray):
        return redact_text(bytes(value).decode("utf-8", "replace"))
    if isinstance(value, Mapping | Sequence | AbstractSet):
        return _redact_container(value, depth) if depth else "[too deep to show]"
    if isinstance(value, date | time):
        return value.isoformat()
    return redact_text(str(value) if isinstance(value, BaseException | PurePath) else repr(value))


def _redact_container(value: Mapping[object, object] | Iterable[object], depth: int) -> object:
    if isinstance(value, Mapping):
        return {
            redact_text(str(name)): _redact_field(str(name), inner, depth) for name, inner in value.items()
        }
    return [_redact(inner, depth - 1) for inner in value]


def _redact_field(name: str, value: object, depth: int) -> object:
    # "Set or not set" is worth reading and gives nothing away.
    if is_secret_key(name) and not (value is None or isinstance(value, bool) or value == ""):
        return REDACTED
    return _redact(value, depth - 1)


# Logs: named actions with fields, `log.info("run.step_failed", run_id=…)`, every line through the nets.

LogFormat = Literal["auto", "json", "console"]


def _add_context(_logger: object, _method: str, event: EventDict) -> EventDict:
    for name, variable in (
        ("correlation_id", correlation_id),
        ("causation_id", causation_id),
        ("actor_id", actor_id),
    ):
        value = variable.get()
        if value is not None:
            event.setdefault(name, value)
    return event


def redact_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """The structlog processor: last before rendering, so that nothing is added behind its back."""
    shown = {name: _redact_field(name, value, _MAX_DEPTH) for name, value in event.items()}
    first = {name: shown.pop(name) for name in ("at", "level", "event") if name in shown}
    return {**first, **shown}


_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def _calm_terminal(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Colour codes and carriage returns from outside must not repaint the operator's screen."""
    for name, value in event.items():
        if isinstance(value, str):
            shown = value if name in {"exception", "stack"} else value.replace("\n", "\\n")
            event[name] = _CONTROL.sub(lambda c: f"\\x{ord(c.group()):02x}", shown)
    return event


def configure_logging(
    log_format: LogFormat = "auto", *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Send our log actions and every library's log records, redacted, to `stream` (standard error).

    "auto" is JSON, one object a line; `console` is for eyes, and used only where a terminal listens.
    """
    out = stream or sys.stderr
    console = log_format == "console" and out.isatty()
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_context,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact_event,
    ]
    ending: list[Processor] = [structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=False)]
    if console:
        plain = structlog.dev.plain_traceback
        ending = [
            _calm_terminal,
            structlog.dev.ConsoleRenderer(timestamp_key="at", exception_formatter=plain),
        ]
    structlog.configure(
        processors=[*before, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    _route_standard_logging(before, ending, level, out)
    # stamina would report each retry once more under a name of its own; `outbound.retry` says it better.
    set_on_retry_hooks(())


def _route_standard_logging(
    before: list[Processor], ending: list[Processor], level: int, out: TextIO
) -> None:
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *before, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in list(root.manager.loggerDict):
        # Libraries that brought their own handler would print past the nets.
        known = logging.getLogger(name)
        known.handlers.clear()
        known.propagate = True
    # One line for every request of every library is not an action of ours.
    for noisy in ("aiohttp.access", "httpx", "httpcore", "urllib3", "dbos", "asyncio"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
