"""Sealed secrets: only the right place opens them, rotation loses nothing, nothing leaks."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.kernel.redact import known_secrets
from opsroom.kernel.seal import Keyring, SealedSecret, SealError


@pytest.fixture(autouse=True)
def _forget_secrets() -> Iterator[None]:
    yield
    known_secrets.forget_all()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "keyring"


@pytest.fixture
def ring(path: Path) -> Keyring:
    return Keyring.open(path)


def test_opens_where_it_was_sealed_and_after_a_restart(ring: Keyring, path: Path) -> None:
    token = ring.seal("inst_1", "clickup", b"pk_secret_value")
    assert ring.unseal("inst_1", "clickup", token) == b"pk_secret_value"
    assert Keyring.open(path).unseal("inst_1", "clickup", token) == b"pk_secret_value"
    assert "secret" not in token
    assert ring.seal("inst_1", "clickup", b"pk_secret_value") != token


@pytest.mark.parametrize(
    ("instance", "name", "version"),
    [("inst_2", "clickup", 1), ("inst_1", "slack", 1), ("inst_1", "clickup", 2), ("inst_1clickup", "", 1)],
)
def test_swapped_rows_fail(ring: Keyring, instance: str, name: str, version: int) -> None:
    token = ring.seal("inst_1", "clickup", b"one")
    ring.seal("inst_2", "clickup", b"two")
    with pytest.raises(SealError, match="Enter it again"):
        ring.unseal(instance, name, token, version=version)


def test_parts_of_two_tokens_do_not_combine(ring: Keyring) -> None:
    one, two = ring.seal("inst_1", "a", b"one").split("."), ring.seal("inst_2", "a", b"two").split(".")
    for mixed in (
        [*one[:4], two[4]],
        [*two[:4], one[4]],
        [*one[:3], two[3], one[4]],
        [*one[:2], two[2], *one[3:]],
    ):
        for instance in ("inst_1", "inst_2"):
            with pytest.raises(SealError):
                ring.unseal(instance, "a", ".".join(mixed))


def test_every_changed_character_is_noticed(ring: Keyring) -> None:
    token = ring.seal("inst_1", "a", b"one")
    for at, character in enumerate(token):
        changed = token[:at] + ("A" if character != "A" else "B") + token[at + 1 :]
        try:
            opened = ring.unseal("inst_1", "a", changed)
        except SealError:
            continue
        # The last character of a base64 part can hold unused bits: then the bytes are the same.
        assert opened == b"one"
        assert token[at + 1 : at + 2] in {"", "."}


@given(st.text(max_size=80))
def test_any_text_as_token_is_a_clear_error(text: str) -> None:
    ring = Keyring.open(Path("unused"), override="k1 " + "A" * 43 + "=")
    for token in (text, "os1." + text, f"os1.k1.d1.{text}.{text}"):
        with pytest.raises(SealError):
            ring.unseal("i", "n", token)


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20), st.integers(1, 99))
def test_round_trip(plaintext: bytes, instance: str, name: str, version: int) -> None:
    ring = Keyring.open(Path("unused"), override="k1 " + "A" * 43 + "=")
    token = ring.seal(instance, name, plaintext, version=version)
    assert ring.unseal(instance, name, token, version=version) == plaintext


def test_rotation_add_rewrap_drop(ring: Keyring, path: Path) -> None:
    tokens = {n: ring.seal(f"inst_{n % 3}", f"s{n}", f"value-{n}".encode()) for n in range(200)}
    other_process = Keyring.open(path)
    (old,) = ring.key_ids
    new = ring.add_key()
    assert ring.key_ids == (new, old)
    fresh = ring.seal("inst_0", "fresh", b"new")
    assert other_process.unseal("inst_0", "fresh", fresh) == b"new"
    tokens |= {n: ring.rewrap(f"inst_{n % 3}", f"s{n}", tokens[n]) for n in range(100)}
    # Half way, from any process, everything opens.
    for n, token in tokens.items():
        for opener in (ring, other_process, Keyring.open(path)):
            assert opener.unseal(f"inst_{n % 3}", f"s{n}", token) == f"value-{n}".encode()
    assert sum(ring.needs_rewrap(token) for token in tokens.values()) == 100
    tokens = {n: ring.rewrap(f"inst_{n % 3}", f"s{n}", token) for n, token in tokens.items()}
    left_behind = SealedSecret(other_process.seal("inst_0", "x", b"y"))
    assert not ring.needs_rewrap(left_behind)
    ring.drop_key(old)
    assert Keyring.open(path).key_ids == (new,)
    for n, token in tokens.items():
        assert Keyring.open(path).unseal(f"inst_{n % 3}", f"s{n}", token) == f"value-{n}".encode()


def test_rewrap_does_not_move_a_secret_to_another_instance(ring: Keyring) -> None:
    token = ring.seal("inst_1", "a", b"one")
    ring.add_key()
    with pytest.raises(SealError):
        ring.rewrap("inst_2", "a", token)


def test_token_of_a_dropped_key_says_so(ring: Keyring) -> None:
    token = ring.seal("inst_1", "a", b"one")
    (old,) = ring.key_ids
    ring.add_key()
    ring.drop_key(old)
    with pytest.raises(SealError, match=f"sealed with the key {old}, which is not in keyring"):
        ring.unseal("inst_1", "a", token)


def test_the_key_in_use_and_unknown_keys_cannot_be_dropped(ring: Keyring) -> None:
    with pytest.raises(SealError, match="in use"):
        ring.drop_key(ring.key_ids[0])
    with pytest.raises(SealError, match="no key"):
        ring.drop_key("k0")


def test_key_file_is_private_and_checked(ring: Keyring, path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ring.add_key()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["keyring"]
    path.chmod(0o640)
    with pytest.raises(SealError, match="chmod 600"):
        Keyring.open(path)


@pytest.mark.parametrize(
    "text", ["", "# only words\n", "k1 short\n", "k1\n", "k1 " + "A" * 44, ("k1 " + "A" * 43 + "=\n") * 2]
)
def test_broken_key_file_is_a_clear_error(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises(SealError, match="key"):
        Keyring.open(path)
    assert path.read_text() == text


def test_key_file_that_is_a_folder(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(SealError, match="cannot be read"):
        Keyring.open(path)


def test_override_leaves_the_disk_alone(ring: Keyring, path: Path) -> None:
    token = ring.seal("inst_1", "a", b"one")
    elsewhere = path.parent / "elsewhere"
    given_ring = Keyring.open(elsewhere, override=path.read_text())
    assert given_ring.unseal("inst_1", "a", token) == b"one"
    assert not elsewhere.exists()
    with pytest.raises(SealError, match="given by a setting"):
        given_ring.add_key()


def test_unsealed_values_and_keys_are_redacted(ring: Keyring, path: Path) -> None:
    token = ring.seal("inst_1", "a", b"can4ry-that-was-sealed")
    assert known_secrets.redact("x can4ry-that-was-sealed") == "x [redacted]"
    assert ring.unseal("inst_1", "a", token)
    key = path.read_text().split()[-1]
    assert known_secrets.redact(key) == "[redacted]"


def test_signing_keys_differ_by_purpose_and_survive_rotation(ring: Keyring, path: Path) -> None:
    before = ring.signing_key("session cookies")
    assert len(before) == 32
    assert before == Keyring.open(path).signing_key("session cookies")
    assert before != ring.signing_key("signed URLs")
    ring.add_key()
    assert ring.signing_key("session cookies") != before
    assert ring.verifying_keys("session cookies") == (ring.signing_key("session cookies"), before)


def test_too_large_a_secret(ring: Keyring) -> None:
    with pytest.raises(SealError, match="256 KiB"):
        ring.seal("inst_1", "a", bytes(300 * 1024))


def test_openers_and_adders_at_once_lose_no_key(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        rings = list(pool.map(lambda _: Keyring.open(path), range(8)))
        assert len({ring.key_ids for ring in rings}) == 1
        added = list(pool.map(lambda ring: ring.add_key(), rings))
    assert len(Keyring.open(path).key_ids) == 9
    assert set(added) < set(Keyring.open(path).key_ids)
