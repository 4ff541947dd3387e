"""Refusals of the board."""

from __future__ import annotations

from opsroom.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class NoSuchTask(NotFound):
    """No task of this project has the id."""

    title = "No such task"


class NoSuchThing(NotFound):
    """No column, category, sprint, comment, field or view of this project has the id."""

    title = "No such thing on this board"


class StaleTask(Conflict):
    """Somebody changed the same fields first. `theirs` and `yours` hold the fields that differ."""

    title = "The task changed meanwhile"


class MoveRefused(Invalid):
    """The workflow does not allow the move, a column is full, or a reason is missing."""

    title = "This move is not allowed"


class DependencyCycle(Invalid):
    """The task would wait for itself."""

    title = "Tasks would wait for each other"


class NameTaken(Conflict):
    """The project has something with this key or name already."""

    title = "Name taken"


class InUse(Conflict):
    """Tasks still stand in it; say where they go first."""

    title = "Still in use"


class CannotUndo(Conflict):
    """What the event changed has been changed again since."""

    title = "Cannot be undone any more"


class StaleThing(Conflict):
    """Somebody changed this piece of furniture first. `theirs` and `yours` hold the fields that differ."""

    title = "It changed meanwhile"


class SprintRefused(Conflict):
    """The sprint is not in a state to be started, completed or changed like this."""

    title = "The sprint cannot do this now"


class NotYours(Forbidden):
    """Only its author or owner, or an admin, may change it."""

    title = "Not yours to change"
