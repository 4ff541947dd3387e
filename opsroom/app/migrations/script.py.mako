"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from opsroom.kernel.db import JsonText, UtcTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
