"""Sealed secrets: bytes in, a printable token out, and only the right place opens it again.

Envelope encryption. The keyring file holds the key-encrypting keys (KEK) and lies outside the database,
so that a stolen database or backup opens nothing. Each instance's secrets are encrypted with
data keys (DEK) of its own; the data key travels inside the token, wrapped by a KEK. Both layers are
AES-256-GCM with associated data, so a token moved to another instance, name or version fails to open.

Rotation, while everything runs: `add_key` (new seals use it), `rewrap` each stored token (only the
small wrapped key changes, the secret is not even decrypted), `drop_key` the old one.
A process that meets a token of a key it does not know reads the file again.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import os
import secrets
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from opsroom.kernel.errors import Fault
from opsroom.kernel.redact import known_secrets

SealedSecret = NewType("SealedSecret", str)
"""A token: `os1.<kek id>.<dek id>.<wrapped dek>.<ciphertext>`. Safe in a text column."""

_FORMAT: Final = "os1"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_MAX_PLAINTEXT: Final = 256 * 1024
# A random 96-bit nonce may be used about 2^32 times under one key; we renew a data key long before.
_SEALS_PER_DATA_KEY: Final = 1 << 24


class SealError(Fault):
    """A secret cannot be sealed or opened: wrong place, wrong key, damaged token or key file."""

    title = "Sealed secret cannot be used"


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    secret: bytes = field(repr=False)


@dataclass(slots=True)
class _DataKey:
    id: str
    secret: bytes = field(repr=False)
    wrapped: bytes
    kek_id: str
    seals: int = 0


@dataclass(frozen=True, slots=True)
class _Token:
    kek_id: str
    dek_id: str
    wrapped: bytes
    ciphertext: bytes

    def text(self) -> SealedSecret:
        return SealedSecret(
            ".".join((_FORMAT, self.kek_id, self.dek_id, _b64(self.wrapped), _b64(self.ciphertext)))
        )

    @classmethod
    def parse(cls, token: str) -> _Token:
        parts = token.split(".")
        try:
            form, kek_id, dek_id, wrapped, ciphertext = parts
            if form == _FORMAT:
                return cls(kek_id, dek_id, _unb64(wrapped), _unb64(ciphertext))
        except (ValueError, binascii.Error):
            pass
        raise SealError("This is no sealed secret: its form is unknown or it is damaged.")


class Keyring:
    """The keys of one installation. The first key is the one new seals use."""

    def __init__(self, keys: tuple[_Key, ...], path: Path | None) -> None:
        self._keys = keys
        self._path = path
        self._data_keys: dict[str, _DataKey] = {}
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, *, override: str | None = None) -> Keyring:
        """The keyring in the file at `path`, made on first use (mode 0600).

        `override` is the text of a key file handed in by a setting (an environment variable, or a systemd
        credential through `…_FILE`); then `path` is not touched and keys are changed where it comes from.
        """
        if override is not None:
            return cls(_parse_keys(override, "the given keyring text"), None)
        try:
            keys = _read_keys(path)
        except FileNotFoundError:
            keys = _create(path)
        return cls(keys, path)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The first is the one in use."""
        return tuple(key.id for key in self._keys)

    def seal(self, instance_id: str, name: str, plaintext: bytes, *, version: int = 1) -> SealedSecret:
        """Seal `plaintext` for exactly this instance, name and version."""
        if len(plaintext) > _MAX_PLAINTEXT:
            raise SealError(f"{name}: a secret may have at most {_MAX_PLAINTEXT // 1024} KiB.")
        known_secrets.add(plaintext)
        with self._lock:
            data_key = self._data_key(instance_id)
            data_key.seals += 1
        bound = _bound(_FORMAT, "secret", instance_id, name, version, data_key.id)
        ciphertext = _encrypt(data_key.secret, plaintext, bound)
        return _Token(data_key.kek_id, data_key.id, data_key.wrapped, ciphertext).text()

    def unseal(self, instance_id: str, name: str, token: str, *, version: int = 1) -> bytes:
        """The secret, which is from now on redacted everywhere. Raises SealError if anything does not fit."""
        parsed = _Token.parse(token)
        secret = self._unwrap(parsed, instance_id, name)
        bound = _bound(_FORMAT, "secret", instance_id, name, version, parsed.dek_id)
        plaintext = _decrypt(secret, parsed.ciphertext, bound)
        if plaintext is None:
            raise SealError(
                f"The secret {name!r} of {instance_id} does not open: it was sealed for another name or "
                "version, or it was changed. Enter it again."
            )
        known_secrets.add(plaintext)
        return plaintext

    def needs_rewrap(self, token: str) -> bool:
        """Is `token` held by a key that is no longer the one in use?"""
        return _Token.parse(token).kek_id != self._keys[0].id

    def rewrap(self, instance_id: str, name: str, token: str) -> SealedSecret:
        """The same sealed secret, held by the key in use. Idempotent."""
        parsed = _Token.parse(token)
        secret = self._unwrap(parsed, instance_id, name)
        kek = self._keys[0]
        wrapped = _encrypt(kek.secret, secret, _bound(_FORMAT, "key", instance_id, parsed.dek_id, kek.id))
        return _Token(kek.id, parsed.dek_id, wrapped, parsed.ciphertext).text()

    def add_key(self) -> str:
        """Add a fresh key and use it for new seals. Returns its id."""
        path = self._own_file()
        with _alone(path):
            keys = (_new_key(), *_read_keys(path))
            _replace(path, keys)
        self._use(keys)
        return keys[0].id

    def drop_key(self, key_id: str) -> None:
        """Forget a key. First rewrap every token it holds: what is left behind never opens again."""
        path = self._own_file()
        with _alone(path):
            keys = _read_keys(path)
            if keys[0].id == key_id:
                raise SealError(f"The key {key_id} is in use; add another one first.")
            if key_id not in {key.id for key in keys}:
                raise SealError(f"There is no key {key_id} in {path.name}.")
            remaining = tuple(key for key in keys if key.id != key_id)
            _replace(path, remaining)
        self._use(remaining)

    def signing_key(self, purpose: str) -> bytes:
        """32 bytes for one purpose (signed URLs, cookies), derived from the key in use."""
        return _derive(self._keys[0].secret, purpose)

    def verifying_keys(self, purpose: str) -> tuple[bytes, ...]:
        """As `signing_key`, for every key still held: what was signed before a rotation stays valid."""
        return tuple(_derive(key.secret, purpose) for key in self._keys)

    def _own_file(self) -> Path:
        if self._path is None:
            raise SealError("The keyring was given by a setting: change its keys there.")
        return self._path

    def _use(self, keys: tuple[_Key, ...]) -> None:
        with self._lock:
            self._keys = keys
            self._data_keys.clear()

    def _data_key(self, instance_id: str) -> _DataKey:
        held = self._data_keys.get(instance_id)
        if held is not None and held.seals < _SEALS_PER_DATA_KEY:
            return held
        kek, dek_id, secret = self._keys[0], secrets.token_hex(6), secrets.token_bytes(_KEY_BYTES)
        wrapped = _encrypt(kek.secret, secret, _bound(_FORMAT, "key", instance_id, dek_id, kek.id))
        self._data_keys[instance_id] = _DataKey(dek_id, secret, wrapped, kek.id)
        return self._data_keys[instance_id]

    def _unwrap(self, token: _Token, instance_id: str, name: str) -> bytes:
        bound = _bound(_FORMAT, "key", instance_id, token.dek_id, token.kek_id)
        secret = _decrypt(self._kek(token.kek_id, name), token.wrapped, bound)
        if secret is None:
            raise SealError(
                f"The secret {name!r} does not open for {instance_id}: it was sealed for another instance, "
                "or it was changed. Enter it again."
            )
        return secret

    def _kek(self, key_id: str, name: str) -> bytes:
        found = self._find(key_id)
        if found is None and self._path is not None:
            self._use(_read_keys(self._path))  # another process may have added a key
            found = self._find(key_id)
        if found is None:
            where = "the given keyring" if self._path is None else self._path.name
            raise SealError(
                f"The secret {name!r} was sealed with the key {key_id}, which is not in {where}. "
                "Put the key file of this installation back, or enter the secret again."
            )
        return found

    def _find(self, key_id: str) -> bytes | None:
        return next((key.secret for key in self._keys if key.id == key_id), None)


def _bound(*parts: str | int) -> bytes:
    # JSON, not a plain join: ("a", "b.c") and ("a.b", "c") must differ.
    return json.dumps(parts, separators=(",", ":")).encode()


def _encrypt(key: bytes, plaintext: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes | None:
    if len(sealed) < _NONCE_BYTES + 16:
        return None
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
    except InvalidTag:
        return None


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=_KEY_BYTES, salt=None, info=b"opsroom signing " + purpose.encode()).derive(
        key
    )


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    # `validate` refuses stray characters, which the url-safe decoder alone would skip.
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


# The key file: `#` lines for people, then one `<id> <base64 of 32 bytes>` a line, the first in use.

_HEADING: Final = (
    "# Keys that open this installation's sealed secrets. Keep a copy apart from the database's backup;\n"
    "# without it the secrets must be entered again. The first key is the one in use.\n"
)


def _new_key() -> _Key:
    return _Key("k" + secrets.token_hex(4), secrets.token_bytes(_KEY_BYTES))


def _key_file_text(keys: tuple[_Key, ...]) -> str:
    return _HEADING + "".join(f"{key.id} {base64.b64encode(key.secret).decode()}\n" for key in keys)


def _parse_keys(text: str, where: str) -> tuple[_Key, ...]:
    keys: list[_Key] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        key_id, _, encoded = line.strip().partition(" ")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            secret = b""
        if len(secret) != _KEY_BYTES or not key_id.isalnum():
            raise SealError(f"Line {number} of {where} is not a key: expected `<id> <base64 of 32 bytes>`.")
        keys.append(_Key(key_id, secret))
    if not keys or len({key.id for key in keys}) != len(keys):
        raise SealError(f"Unusable: {where} holds no key, or one key id twice.")
    for key in keys:
        known_secrets.add(base64.b64encode(key.secret).decode())
        known_secrets.add(key.secret)
    return tuple(keys)


def _read_keys(path: Path) -> tuple[_Key, ...]:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(64 * 1024)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SealError(f"The key file {path} cannot be read: {error.strerror}.") from error
    if stat.S_IMODE(mode) & 0o077:
        raise SealError(f"The key file {path} can be read by others. Run: chmod 600 {path}")
    return _parse_keys(content.decode("utf-8", "replace"), f"the key file {path.name}")


def _create(path: Path) -> tuple[_Key, ...]:
    """Make the key file, or read the one another process made in the same moment."""
    temporary = _write_beside(path, (_new_key(),))
    try:
        os.link(temporary, path)  # unlike a rename, never replaces
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    _sync_folder(path)
    return _read_keys(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two processes that both read, add and write would lose one's key, and what it sealed with it."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _replace(path: Path, keys: tuple[_Key, ...]) -> None:
    _write_beside(path, keys).replace(path)
    _sync_folder(path)


def _sync_folder(path: Path) -> None:
    # A key must outlast a power cut before anything sealed with it reaches the database.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_beside(path: Path, keys: tuple[_Key, ...]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(_key_file_text(keys))
        file.flush()
        os.fsync(file.fileno())
    return temporary
