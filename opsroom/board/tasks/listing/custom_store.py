"""What is asked of custom fields, as conditions of a statement. Values stand in `tasks.custom` by key."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from opsroom.board.tasks.listing.custom import Question
from opsroom.board.tasks.tables import TASKS
from opsroom.kernel.uow import Tx

_Test = sa.ColumnElement[bool]


def conditions(tx: Tx, questions: Sequence[Question]) -> list[_Test]:
    """A task must meet them all."""
    postgres = tx.conn.dialect.name == "postgresql"
    return [test for question in questions for test in _tests(question, postgres=postgres)]


def _tests(question: Question, *, postgres: bool) -> list[_Test]:
    text = _text(question.key, postgres=postgres)
    tests: list[_Test] = []
    if question.chosen:
        nothing = sa.or_(text.is_(None), text == "")
        wanted = [_one_of(question, postgres=postgres)] if question.values else []
        wanted += [nothing] if question.empty else []
        wanted += [sa.not_(nothing)] if question.filled else []
        tests.append(sa.or_(*wanted))
    if question.parts:
        tests.append(sa.or_(*(_holds(text, part, postgres=postgres) for part in question.parts)))
    number = question.kind == "number"
    value = _number(question.key, postgres=postgres) if number else text
    if question.low is not None:
        tests.append(value >= (float(question.low) if number else question.low))
    if question.high is not None:
        tests.append(value <= (float(question.high) if number else question.high))
    return tests


def _one_of(question: Question, *, postgres: bool) -> _Test:
    if question.kind == "number":
        return _number(question.key, postgres=postgres).in_([float(value) for value in question.values])
    return _text(question.key, postgres=postgres).in_(question.values)


def _text(key: str, *, postgres: bool) -> sa.ColumnElement[Any]:
    if postgres:
        return sa.func.jsonb_extract_path_text(TASKS.c.custom, key, type_=sa.Text)
    path = f'$."{key}"'
    # SQLite has numbers for true and false.
    kind = sa.func.json_type(TASKS.c.custom, path)
    truth = sa.case((kind == "true", "true"), (kind == "false", "false"))
    return sa.func.coalesce(truth, sa.cast(sa.func.json_extract(TASKS.c.custom, path), sa.Text))


def _number(key: str, *, postgres: bool) -> sa.ColumnElement[Any]:
    """The value where it is a number; the order of a CASE holds, so that nothing else is read as one."""
    if postgres:
        kind = sa.func.jsonb_typeof(sa.func.jsonb_extract_path(TASKS.c.custom, key))
        value = sa.func.jsonb_extract_path_text(TASKS.c.custom, key, type_=sa.Text)
        return sa.case((kind == "number", sa.cast(value, sa.Double)))
    path = f'$."{key}"'
    kind = sa.func.json_type(TASKS.c.custom, path)
    value = sa.func.json_extract(TASKS.c.custom, path, type_=sa.Double)
    return sa.case((kind.in_(("integer", "real")), value))


def _holds(text: sa.ColumnElement[Any], part: str, *, postgres: bool) -> _Test:
    """Contains it in any case. SQLite's LIKE knows the cases of ASCII alone and PostgreSQL's those of its
    locale, so the cases are written out, sign by sign."""
    if postgres:
        return text.op("~", is_comparison=True)("".join(_cases(sign, re.escape) for sign in part))
    pattern = "".join(_cases(sign, lambda one: f"[{one}]" if one in "*?[" else one) for sign in part)
    return text.op("GLOB", is_comparison=True)(f"*{pattern}*")


def _cases(sign: str, plain: Callable[[str], str]) -> str:
    cases = dict.fromkeys(each for each in (sign, sign.lower(), sign.upper()) if len(each) == 1)
    return f"[{''.join(cases)}]" if len(cases) > 1 else plain(sign)
