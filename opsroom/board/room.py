"""The board room, declared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from opsroom.board.activity import http as activity_http
from opsroom.board.analytics import http as analytics_http
from opsroom.board.analytics import wiring as analytics
from opsroom.board.assignment import http as assignment_http
from opsroom.board.assignment import reactions as assignment
from opsroom.board.automations import http as automations_http
from opsroom.board.automations import reactions as automations
from opsroom.board.automations import tables as _automations  # noqa: F401 - the tables join the metadata
from opsroom.board.categories import http as categories_http
from opsroom.board.categories import tables as _categories  # noqa: F401 - the tables join the metadata
from opsroom.board.comments import http as comments_http
from opsroom.board.comments import tables as _comments  # noqa: F401
from opsroom.board.documents import http as documents_http
from opsroom.board.documents import wiring as documents
from opsroom.board.exchange import http as exchange_http
from opsroom.board.exchange import wiring as exchange
from opsroom.board.fields import http as fields_http
from opsroom.board.fields import tables as _fields  # noqa: F401
from opsroom.board.hooks import http as hooks_http
from opsroom.board.hooks import wiring as hooks
from opsroom.board.notifications import http as notifications_http
from opsroom.board.notifications import tables as _notifications  # noqa: F401
from opsroom.board.notifications import wiring as notifications
from opsroom.board.recurring import http as recurring_http
from opsroom.board.recurring import tables as _recurring  # noqa: F401
from opsroom.board.recurring import wiring as recurring
from opsroom.board.roster import http as roster_http
from opsroom.board.roster import tables as _roster  # noqa: F401
from opsroom.board.sprints import http as sprints_http
from opsroom.board.sprints import tables as _sprints  # noqa: F401
from opsroom.board.tasks import http as tasks_http
from opsroom.board.tasks import tables as _tasks  # noqa: F401
from opsroom.board.tasks.cards import http as cards_http
from opsroom.board.tasks.listing import http as listing_http
from opsroom.board.tasks.listing import tables as _listing  # noqa: F401
from opsroom.board.views import http as views_http
from opsroom.board.views import tables as _views  # noqa: F401
from opsroom.board.workflow import http as workflow_http
from opsroom.board.workflow import reactions as workflow_reactions
from opsroom.board.workflow import tables as _workflow  # noqa: F401
from opsroom.kernel.room import House, Room

_ROUTES: tuple[Callable[[House], Sequence[object]], ...] = (
    tasks_http.routes,
    listing_http.routes,
    cards_http.routes,
    workflow_http.routes,
    roster_http.routes,
    categories_http.routes,
    sprints_http.routes,
    comments_http.routes,
    fields_http.routes,
    views_http.routes,
    activity_http.routes,
    documents_http.routes,
    assignment_http.routes,
    automations_http.routes,
    recurring_http.routes,
    notifications_http.routes,
    hooks_http.routes,
    analytics_http.routes,
    exchange_http.routes,
)


def build(house: House) -> None:
    """Wire the folders, one line for each."""
    workflow_reactions.build(house)
    documents.build(house)
    notifications.build(house)
    automations.build(house)
    recurring.build(house)
    assignment.build(house)
    hooks.build(house)
    analytics.build(house)
    exchange.build(house)


def routes(house: House) -> list[object]:
    """Every route of the board, one list for each of its folders."""
    return [route for part in _ROUTES for route in part(house)]


ROOM = Room(
    name="board",
    build=build,
    http=routes,
    settings={**documents.SETTINGS, **notifications.SETTINGS, **hooks.SETTINGS, **exchange.SETTINGS},
)
