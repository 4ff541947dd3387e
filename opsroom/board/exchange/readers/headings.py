"""What the headings of a table mean: guessed from their words, or said by the mapping. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

Target = Literal[
    "id", "title", "description", "status", "priority", "people", "labels", "category", "sprint", "start",
    "due",
    "estimate", "parent", "depends_on", "created_at", "started_at", "completed_at", "archived", "author",
    "comment",
    "links", "blocked_reason", "client_id", "brand", "sprint_start", "sprint_end", "sprint_number",
    "field", "ignore",
]  # fmt: skip
TARGETS: Final = get_args(Target)
MANY: Final = frozenset({"labels", "people", "depends_on", "links", "comment", "field", "ignore"})
"""What several headings may mean at once."""

_WORDS: Final[dict[Target, str]] = {
    "id": "id taskid issueid issuekey key identifier uuid cardid number",
    "title": "title name task taskname summary subject cardname issue todo whattodo aufgabe titel betreff",
    "description": "description desc notes details body content carddescription taskcontent beschreibung",
    "status": "status state column list section sectioncolumn stage listname boardcolumn phase",
    "priority": "priority prio importance priorität",
    "people": "assignee assignees assigned assignedto owner responsible member members who assigneeemail "
    "assignedagent assignedagentid zuständig",
    "labels": "labels label tags tag",
    "category": "category project projects component area epic type kategorie",
    "sprint": "sprint cycle cyclename iteration milestone",
    "sprint_start": "cyclestart sprintstart",
    "sprint_end": "cycleend sprintend",
    "sprint_number": "cyclenumber",
    "start": "start startdate starton begin",
    "due": "due duedate deadline dueon duetime enddate fällig fälligam",
    "estimate": "estimate points storypoints size effort",
    "parent": "parent parentid parentissue parenttask parenttaskid",
    "depends_on": "dependson blockedby dependencies blockedbydependencies waitingon",
    "created_at": "created createdat datecreated creationdate createdon",
    "started_at": "started startedat",
    "completed_at": "completed completedat completedon datedone done closedat dateclosed resolved "
    "resolutiondate",
    "archived": "archived archivedat isarchived",
    "author": "creator author createdby reporter",
    "comment": "comment comments latestcomment",
    "links": "attachments attachment links",
    "blocked_reason": "blockedreason",
    "client_id": "clientid client",
    "brand": "brand",
    "ignore": "updated updatedat dateupdated lastmodified triaged canceled slastatus teamid team projectid "
    "projectmilestoneid initiatives roadmaps version",
}
_TARGET_OF: Final[dict[str, Target]] = {
    word: target for target, words in _WORDS.items() for word in words.split()
}
_LINEAR: Final = frozenset({"id", "team", "title", "status", "cyclenumber", "parentissue"})


def plain(heading: str) -> str:
    """A heading without what makes spellings differ."""
    return re.sub(r"[\W_]+", "", heading.lower())


def is_linear(headings: Sequence[str]) -> bool:
    """Are these the headings of Linear's export?"""
    return {plain(heading) for heading in headings} >= _LINEAR


def guess(headings: Sequence[str]) -> dict[str, Target]:
    """What each heading most likely means. What has one place takes the first heading for it."""
    made: dict[str, Target] = {}
    taken: set[Target] = set()
    for heading in headings:
        target = _TARGET_OF.get(plain(heading), "field")
        if target in taken and target not in MANY:
            target = "field"
        taken.add(target)
        made[heading] = target
    if "title" not in taken and headings:
        first = next((heading for heading in headings if made[heading] == "field"), headings[0])
        made[first] = "title"
    return made


def decided(headings: Sequence[str], said: Mapping[str, Target]) -> dict[str, Target]:
    """The guess, overruled by what the mapping says."""
    made = guess(headings)
    given = {target for heading, target in said.items() if heading in made and target not in MANY}
    for heading, target in made.items():
        if target in given:
            made[heading] = "ignore"
    made.update((heading, target) for heading, target in said.items() if heading in made)
    return made


def repeats(targets: Mapping[str, Target]) -> list[str]:
    """What several headings mean though it has one place."""
    one_place = [target for target in targets.values() if target not in MANY]
    return sorted({target for target in one_place if one_place.count(target) > 1})
