"""Tables of the identity room.

Rows that stand above a project carry EVERY ("-") where the narrower id would be: a person belongs to an
organization, a membership may reach over all instances or all projects of one.
"""

from __future__ import annotations

import sqlalchemy as sa

from opsroom.kernel.db import METADATA, JsonText, UtcTime, scope_columns

ORGANIZATIONS = sa.Table(
    "organizations",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
)

INSTANCES = sa.Table(
    "instances",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("organization_id", "name"),
)

PROJECTS = sa.Table(
    "projects",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("instance_id", "name"),
)

PEOPLE = sa.Table(
    "people",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    # Lower case; one address signs in to one organization, so it is unique in the installation.
    sa.Column("email", sa.String(254), nullable=False, unique=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("password_hash", sa.String(256), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("disabled_at", UtcTime),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Index("ix_people_organization_id", "organization_id"),
)

MEMBERSHIPS = sa.Table(
    "memberships",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("person_id", sa.String(40), sa.ForeignKey("people.id"), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.UniqueConstraint("person_id", "instance_id", "project_id"),
)

ACTORS = sa.Table(
    "actors",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("slug", sa.String(40), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.String(40), nullable=False),
    sa.Column("disabled_at", UtcTime),
    sa.UniqueConstraint("project_id", "slug"),
)

API_KEYS = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("actor_id", sa.String(40), nullable=False),
    sa.Column("label", sa.String(120), nullable=False),
    sa.Column("hint", sa.String(80), nullable=False),
    sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("verbs", JsonText, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("created_by", sa.String(40), nullable=False),
    sa.Column("expires_at", UtcTime),
    sa.Column("revoked_at", UtcTime),
    sa.Column("last_used_at", UtcTime),
    sa.Index("ix_api_keys_project_id", "project_id", "created_at"),
    sa.Index("ix_api_keys_actor_id", "actor_id"),
)

SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    *scope_columns(),
    sa.Column("secret_hash", sa.String(64), nullable=False, unique=True),
    sa.Column("person_id", sa.String(40), sa.ForeignKey("people.id"), nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("last_seen_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("ended_at", UtcTime),
    sa.Column("address", sa.String(45), nullable=False),
    sa.Index("ix_sessions_person_id", "person_id"),
    sa.Index("ix_sessions_expires_at", "expires_at"),
)

# Not scoped to a tenant: an attempt on an address nobody has belongs to no organization.
LOGIN_ATTEMPTS = sa.Table(
    "login_attempts",
    METADATA,
    sa.Column("subject", sa.String(80), primary_key=True),
    *scope_columns(),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", UtcTime, nullable=False),
    sa.Column("blocked_until", UtcTime),
    sa.Index("ix_login_attempts_last_at", "last_at"),
)
