"""What happens at the door where work comes in."""

from __future__ import annotations

from typing import ClassVar

from opsroom.kernel.events import Event


class TriggerAccepted(Event):
    """A genuine trigger that will start a run, unless the task turns out to lack something."""

    KIND: ClassVar[str] = "triggers.trigger_accepted.v1"
    source: str
    agent_name: str
    task_id: str


class TriggerRejected(Event):
    """A genuine trigger that started nothing. `problems` say why."""

    KIND: ClassVar[str] = "triggers.trigger_rejected.v1"
    source: str
    agent_name: str
    task_id: str
    verdict: str
    problems: tuple[str, ...]


class CardRunShown(Event):
    """A card (the subject) shows another state of the run it began."""

    KIND: ClassVar[str] = "triggers.card_run_shown.v1"
    run_id: str
    status: str
