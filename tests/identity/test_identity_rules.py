"""The pure decisions of identity, by example and by property."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsroom.identity.rules import (
    EVERY,
    Membership,
    Patience,
    address_group,
    covered,
    csrf_token,
    key_hint,
    key_slug,
    looks_like_key,
    may,
    password_problems,
    plain_email,
    reach_of,
    role_for,
    role_in,
    wait_after,
)
from opsroom.kernel.actor import Actor, Role, Scope

HERE = Scope(organization_id="o", instance_id="i", project_id="p")
ELSEWHERE = Scope(organization_id="o", instance_id="i2", project_id="p2")


def actor(role: Role = "user", scopes: tuple[str, ...] = ("*",)) -> Actor:
    return Actor(id="a", kind="person", name="A", role=role, scope=HERE, scopes=scopes)


def test_a_verb_says_which_role_it_asks_for() -> None:
    assert role_for("runs:read") == role_for("runs:write") == "user"
    assert role_for("people:admin") == "admin"
    assert role_for("organization:super") == "super_admin"


def test_both_role_and_key_must_allow() -> None:
    assert may(actor("user"), "runs:write")
    assert not may(actor("user"), "people:admin")
    assert not may(actor("admin", ("runs:*",)), "people:admin")
    assert may(actor("admin", ("people:*",)), "people:admin")
    assert may(actor("user", ("runs:read",)), "me:read")
    assert not may(actor("user", ("runs:read",)), "me:write")


VERBS = st.sampled_from(["*", "runs:*", "runs:read", "runs:write", "keys:*", "keys:read"])


@given(st.lists(VERBS, min_size=1), st.lists(VERBS), st.sampled_from(["runs:read", "keys:write", "a:b"]))
def test_a_key_issued_within_another_never_allows_more(asked: list[str], held: list[str], verb: str) -> None:
    if covered(asked, tuple(held)) and actor(scopes=tuple(asked)).allows(verb):
        assert actor(scopes=tuple(held)).allows(verb)


@given(st.integers(0, 10_000), st.integers(0, 50), st.integers(1, 900))
def test_waits_grow_and_end(failures: int, free: int, longest: int) -> None:
    patience = Patience(free, longest)
    now, after = wait_after(failures, patience), wait_after(failures + 1, patience)
    assert timedelta(0) <= now <= after <= timedelta(seconds=longest)
    assert (now == timedelta(0)) == (failures < free)


@given(st.text(max_size=80))
def test_every_name_makes_a_key_that_looks_like_one(name: str) -> None:
    key = f"owf_{key_slug(name)}_{'aB3' * 10}zZ"
    assert looks_like_key(key)
    assert key_hint(key).endswith("_aB3a…")


@pytest.mark.parametrize("email", ["a@b.c", " Kenji.O'Neil+x@Sub.Example.COM ", "名@example.com"])
def test_addresses_are_kept_in_one_spelling(email: str) -> None:
    assert plain_email(email) == email.strip().lower()


@pytest.mark.parametrize(
    "email",
    ["", "a", "a@", "@b", "a b@c.d", "a@b\x00.c", "a@-b.c", "a@@b.c", "a@b.c\n<x>", "x" * 65 + "@b.c"],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        plain_email(email)


def test_length_makes_a_password() -> None:
    assert password_problems("four words in a row", email="a@b.c") == ()
    assert len(password_problems("short", email="x@b.c")) == 1
    assert len(password_problems("aaaaaaaaaaaaaaaa", email="x@b.c")) == 1
    assert len(password_problems("kenji and some more", email="kenji@b.c")) == 1
    assert len(password_problems("x1y2z" * 60, email="x@b.c")) == 1


def test_an_address_is_what_its_owner_was_given() -> None:
    assert address_group("192.0.2.7") == "192.0.2.7"
    assert address_group("::ffff:192.0.2.7") == "192.0.2.7"
    assert address_group("2001:db8:1:2:3:4:5:6") == address_group("2001:db8:1:2::9")
    assert address_group("not an address") == "unknown"


def test_csrf_tokens_are_bound_to_their_session() -> None:
    assert csrf_token(b"a" * 32) == csrf_token(b"a" * 32) != csrf_token(b"b" * 32)


@given(st.sampled_from(["super_admin", "admin", "user"]))
def test_a_role_reaches_where_it_was_given(role: Role) -> None:
    reach = reach_of(role, HERE)
    membership = Membership(reach.instance_id, reach.project_id, role)
    assert role_in([membership], HERE) == role
    assert role_in([membership], ELSEWHERE) == ("super_admin" if role == "super_admin" else None)
    other = Scope(organization_id="o", instance_id="i", project_id="p3")
    assert role_in([membership], other) == (None if role == "user" else role)
    assert role_in([membership, Membership(EVERY, EVERY, "super_admin")], ELSEWHERE) == "super_admin"
