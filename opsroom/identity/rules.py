"""Pure decisions: what a verb asks of a role, how long a guesser waits, what a password must be."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from opsroom.kernel.actor import ROLE_RANK, Actor, Role, Scope
from opsroom.kernel.errors import Problem

EVERY: Final = "-"
PASSWORD_MIN: Final = 12
PASSWORD_MAX: Final = 256

_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f<>\"]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.IGNORECASE)
_VERB: Final = re.compile(r"\*|[a-z][a-z0-9_-]*:(?:\*|[a-z][a-z0-9_-]*)")
_KEY: Final = re.compile(r"owf_[a-z][a-z0-9-]{0,39}_[A-Za-z0-9]{32}")

# What stands after the colon says which role a verb asks for, in every room alike.
_ROLE_BY_ACTION: Final[dict[str, Role]] = {"admin": "admin", "super": "super_admin"}


def role_for(verb: str) -> Role:
    """The least role that may do `verb`: `…:admin` asks for an admin, `…:super` for a super admin."""
    return _ROLE_BY_ACTION.get(verb.rpartition(":")[2], "user")


def may(actor: Actor, verb: str) -> bool:
    """True when both the role and the key in use allow `verb`."""
    if verb == "me:read":  # whoever holds a key may ask whose it is
        return True
    return actor.allows(verb) and actor.outranks(role_for(verb))


def covered(verbs: Iterable[str], held: tuple[str, ...]) -> bool:
    """True when every verb asked for lies within those held: nobody gives more than they have."""
    for verb in verbs:
        room = verb.partition(":")[0]
        if "*" not in held and verb not in held and f"{room}:*" not in held:
            return False
    return True


def plain_email(value: str) -> str:
    """An address in the one spelling we store. Raises ValueError for what cannot be one."""
    value = value.strip().lower()
    if not _EMAIL.fullmatch(value):
        raise ValueError("must look like name@example.com")
    return value


def plain_verb(value: str) -> str:
    """A verb of a key: `*`, `runs:*` or `runs:read`. Raises ValueError otherwise."""
    if not _VERB.fullmatch(value):
        raise ValueError("must be *, room:* or room:action, for example runs:read")
    return value


def password_problems(password: str, *, email: str, path: str = "password") -> tuple[Problem, ...]:
    """What is wrong with a new password. Length counts, not the kinds of characters."""
    problems: list[str] = []
    if len(password) < PASSWORD_MIN:
        problems.append(f"must have at least {PASSWORD_MIN} characters; several words make a good one")
    if len(password) > PASSWORD_MAX:
        problems.append(f"must have at most {PASSWORD_MAX} characters")
    if password and len(set(password)) < 5:
        problems.append("must not repeat the same few characters")
    if email.partition("@")[0] in password.lower() and len(email.partition("@")[0]) > 3:
        problems.append("must not contain the e-mail address")
    return tuple(Problem(path, text) for text in problems)


def looks_like_key(text: str) -> bool:
    """True for text in the form of our API keys, whether one exists or not."""
    return bool(_KEY.fullmatch(text))


def key_slug(name: str) -> str:
    """A name as it stands in a key: `kenji` for kenji@example.com."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.partition("@")[0].lower()).strip("-")
    return (slug if slug[:1].isalpha() else f"k-{slug}".rstrip("-"))[:40].rstrip("-")


def key_hint(secret: str) -> str:
    """As much of a key as may be shown: `owf_kenji_a1b2…`."""
    head, _, random = secret.rpartition("_")
    return f"{head}_{random[:4]}…"


def secret_hash(secret: str | bytes) -> str:
    """Hash of a random secret for look-up. It has 190 bits or more, so a fast hash cannot be turned round."""
    return hashlib.sha256(secret.encode() if isinstance(secret, str) else secret).hexdigest()


def csrf_token(session_secret: bytes) -> str:
    """The token bound to a session: whoever lacks the cookie's secret cannot make it."""
    return hmac.new(session_secret, b"opsroom.csrf.v1", hashlib.sha256).hexdigest()


@lru_cache(maxsize=4096)
def address_group(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 an IPv6 subscriber is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures are free, and the longest wait after them."""

    free: int
    longest_s: int


# Per account and address together the leash is short. Over all addresses it is longer, or else
# anybody could lock anybody out by guessing at their account.
_PATIENCE: Final = {"pair": Patience(5, 900), "account": Patience(40, 60), "address": Patience(30, 900)}
FORGET_AFTER: Final = timedelta(hours=1)


def attempt_subjects(email: str, address: str) -> dict[str, Patience]:
    """The counters an attempt counts on, with their patience. Addresses and e-mails are hashed."""
    group = address_group(address)
    named = {"pair": f"{email}\n{group}", "account": email, "address": group}
    return {
        f"{kind}:{hashlib.sha256(text.encode()).hexdigest()}": _PATIENCE[kind] for kind, text in named.items()
    }


def failures_now(failures: int, last_at: datetime | None, now: datetime) -> int:
    """The count that still holds: an hour without attempts forgets it."""
    return 0 if last_at is None or now - last_at > FORGET_AFTER else failures


def wait_after(failures: int, patience: Patience) -> timedelta:
    """How long to wait after this many failures: 1 s, 2 s, 4 s … up to the longest."""
    over = failures - patience.free
    if over < 0:
        return timedelta(0)
    return timedelta(seconds=min(2 ** min(over, 30), patience.longest_s))


@dataclass(frozen=True, slots=True)
class Membership:
    """A role over a project, over all of an instance, or over all of an organization (EVERY)."""

    instance_id: str
    project_id: str
    role: Role

    def reaches(self, scope: Scope) -> bool:
        return self.instance_id in (EVERY, scope.instance_id) and self.project_id in (EVERY, scope.project_id)


def role_in(memberships: Iterable[Membership], scope: Scope) -> Role | None:
    """The highest role the memberships give in `scope`, None when they do not reach it."""
    return highest(m.role for m in memberships if m.reaches(scope))


def highest(roles: Iterable[Role]) -> Role | None:
    """The highest of these roles, None when there is none."""
    best: Role | None = None
    for role in roles:
        if best is None or ROLE_RANK[role] > ROLE_RANK[best]:
            best = role
    return best


def reach_of(role: Role, scope: Scope) -> Scope:
    """How far a role given in `scope` reaches: super admins everywhere, admins in the instance."""
    return Scope(
        organization_id=scope.organization_id,
        instance_id=EVERY if role == "super_admin" else scope.instance_id,
        project_id=scope.project_id if role == "user" else EVERY,
    )
