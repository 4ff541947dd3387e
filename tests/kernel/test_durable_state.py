"""What the engine keeps is plain JSON: a planted pickle runs no code."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import pickle
from pathlib import Path
from typing import Any

import dbos._serialization as dbos_serialization
import pytest
import sqlalchemy as sa
from dbos._dbos import _get_dbos_instance

from opsroom.kernel.actor import Actor
from opsroom.kernel.room import House
from tests.kernel.test_durable_contract import Work, change, has_status, order, rows_of, until


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


async def test_a_planted_pickle_row_runs_no_code(build_house, alice: Actor, tmp_path: Path) -> None:
    work = Work()
    house: House = await build_house([work.room()])
    bomb = tmp_path / "exploded"
    payload = base64.b64encode(pickle.dumps(Bomb(bomb))).decode()
    house.durable.set_claiming(False)
    await order(house, alice, "planted")
    plant(house, "planted", payload)
    house.durable.set_claiming(True)
    house.durable.ring("work")
    await until(lambda: gave_up(house, "planted"))
    assert not bomb.exists()
    assert work.started == []
    work.go_on.set()
    await order(house, alice, "healthy")
    await until(lambda: has_status(house, "healthy", "SUCCESS"))
    rows = await house.durable.strays()
    assert {r.workflow_id for r in rows} <= {"planted"}
    assert not bomb.exists()


async def gave_up(house: House, workflow_id: str) -> bool:
    return await house.durable.status(workflow_id) not in ("ENQUEUED",)


def plant(house: House, workflow_id: str, payload: str) -> None:
    """Mark a workflow's row, and wherever its inputs are kept, as pickled."""
    tables = _get_dbos_instance()._sys_db.tables
    change(house, workflow_id, serialization="py_pickle")
    with _get_dbos_instance()._sys_db.engine.begin() as conn:
        for name in ("workflow_status", "workflow_inputs", "workflow_input"):
            table = getattr(tables, name, None)
            if table is not None and "inputs" in table.c:
                conn.execute(
                    sa.update(table).where(table.c.workflow_uuid == workflow_id).values(inputs=payload)
                )


def test_pickle_is_disabled_wherever_the_library_reaches_for_it() -> None:
    for serializer in (dbos_serialization.DefaultSerializer(), dbos_serialization.DBOSDefaultSerializer):
        with pytest.raises(ValueError, match="pickle is disabled"):
            serializer.serialize({"a": 1})
        with pytest.raises(ValueError, match="pickle is disabled"):
            serializer.deserialize("gASVBQAAAAAAAAB9lC4=")


async def test_arguments_and_results_are_kept_as_plain_json(build_house, alice: Actor) -> None:
    work = Work()
    work.go_on.set()
    house: House = await build_house([work.room()])
    await order(house, alice, "plain")
    await until(lambda: has_status(house, "plain", "SUCCESS"))
    assert rows_of(house, "plain")["serialization"] == "opsroom_json"
    steps = await asyncio.to_thread(_get_dbos_instance()._sys_db.list_workflow_steps, "plain")
    assert [s["function_name"] for s in steps] == ["wait"]
    table = _get_dbos_instance()._sys_db.tables.operation_outputs
    with _get_dbos_instance()._sys_db.engine.connect() as conn:
        kept = conn.execute(sa.select(table.c.output).where(table.c.workflow_uuid == "plain")).scalars().all()
    assert [json.loads(k) for k in kept] == ["plain"]


# -- the ends the caretaker looks for -----------------------------------------------------------
