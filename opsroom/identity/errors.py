"""Typed refusals of the identity room."""

from __future__ import annotations

from opsroom.kernel.errors import Conflict, Forbidden, Limited, NotFound, Unauthenticated


class WrongCredentials(Unauthenticated):
    """E-mail and password do not belong together; says the same whether the person exists or not."""

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class UnknownKey(Unauthenticated):
    """The API key is unknown, revoked or expired: all three answer the same."""

    def __init__(self) -> None:
        super().__init__(
            "This API key is not valid here: it is unknown, revoked or expired. Issue a new one in Admin."
        )


class SessionEnded(Unauthenticated):
    """There is no live session behind the cookie."""

    def __init__(self) -> None:
        super().__init__("Your session has ended. Sign in again.")


class TooManyAttempts(Limited):
    """The account or the address has failed too often."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(
            f"Too many failed attempts. Try again in {round(retry_after_s)} seconds.",
            retry_after_s=retry_after_s,
        )


class AlreadyFounded(Conflict):
    """`opsroom init` on an installation that has its first admin."""

    def __init__(self) -> None:
        super().__init__("This installation has an organization already; `opsroom init` is done once.")


class NotAbove(Forbidden):
    """Nobody gives more than they have."""

    def __init__(self, wanted: str, held: str) -> None:
        super().__init__(f"The role {wanted} is above yours ({held}); ask somebody who has it.")


class Absent(NotFound):
    """No such thing here, whether it never was or belongs to somebody else."""

    def __init__(self, what: str, identifier: str) -> None:
        super().__init__(f"There is no {what} {identifier!r} here.")
