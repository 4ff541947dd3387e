"""Tables of the workflow."""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

BOARD_COLUMNS = sa.Table(
    "board_columns",
    METADATA,
    *scope_columns(),
    sa.Column("key", sa.String(40), nullable=False),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("color", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("wip_limit", sa.Integer),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.PrimaryKeyConstraint("project_id", "key"),
)

BOARD_SETTINGS = sa.Table(
    "board_settings",
    METADATA,
    *scope_columns(),
    sa.Column("template", sa.String(40), nullable=False),
    # {from column: [to columns]}; a column that is absent may go anywhere.
    sa.Column("transitions", JsonText, nullable=False),
    sa.Column("wip_policy", sa.String(10), nullable=False),
    sa.Column("auto_assign", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("start_on_assign", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("time_zone", sa.String(60), nullable=False, server_default="UTC"),
    # Who answers for a new card that names nobody.
    sa.Column("default_accountable_id", sa.String(80)),
    sa.Column("last_number", sa.Integer, nullable=False, server_default="0"),
    sa.Column("updated_at", UtcTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.PrimaryKeyConstraint("project_id"),
)
