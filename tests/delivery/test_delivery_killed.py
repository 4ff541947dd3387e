"""kill -9 after the effect and before its answer, in a real process; the next one finishes the work."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from opsroom.kernel.shape import Shape
from opsroom.sandbox.api import Fault, Sandbox
from opsroom.testing.channel_kit import output_ref, sample_order
from tests.delivery.conftest import FILES, SENTINEL, TASK
from tests.delivery.test_delivery_deliver import ALL_SENT

ROOT = Path(__file__).resolve().parents[2]

# The answer of this call comes so slowly that the process dies while it waits for it.
SLOW = {
    "slack message": ("POST /slack/api/chat.postMessage", "slack", "message.posted"),
    "clickup comment": ("POST /clickup/api/v2/task/*/comment", "clickup", "comment.added"),
    "clickup attachment": ("POST /clickup/api/v2/task/*/attachment", "clickup", "attachment.added"),
    "drive folder": ("POST /google/drive/v3/files", "drive", "folder.created"),
    "drive file": ("PUT /google/resumable/*", "drive", "file.created"),
}


async def start(folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.delivery.killed_house",
        str(folder),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.durability
@pytest.mark.parametrize("where", SLOW)
async def test_kill_between_effect_and_answer(
    sandbox: Sandbox, accounts: list[Shape], tmp_path: Path, where: str
) -> None:
    outputs = []
    (tmp_path / "blobs").mkdir()
    for name, (content, media_type) in FILES.items():
        (tmp_path / "blobs" / name).write_bytes(content)
        outputs.append(output_ref(name, content, media_type))
    order = sample_order().model_copy(
        update={"channels": SENTINEL, "outputs": tuple(outputs), "task_id": TASK}
    )
    (tmp_path / "order.json").write_text(order.model_dump_json())
    (tmp_path / "settings.json").write_text(json.dumps({type(a).__name__: plain(a) for a in accounts}))
    route, service, kind = SLOW[where]
    sandbox.faults.arm(Fault(route=route, slow_bytes_per_s=1))

    doomed = await start(tmp_path)
    async with asyncio.timeout(40):
        while not sandbox.ledger.find_effects(service, kind):
            assert doomed.returncode is None, (await doomed.communicate())[1].decode()[-2000:]
            await asyncio.sleep(0.01)
    doomed.kill()
    await doomed.communicate()

    heir = await start(tmp_path)
    async with asyncio.timeout(60):
        said, errors = await heir.communicate()
    assert heir.returncode == 0, errors.decode()[-2000:]
    assert json.loads(said.splitlines()[-1]) == ALL_SENT
    counted: dict[str, int] = {}
    for effect in sandbox.ledger.effects:
        name = f"{effect.service} {effect.kind}"
        counted[name] = counted.get(name, 0) + 1
    assert counted == {
        "clickup task.created": 1,
        "drive folder.created": 3,
        "drive file.created": 3,
        "clickup comment.added": 1,
        "clickup attachment.added": 3,
        "clickup status.changed": 1,
        "slack message.posted": 1,
    }


def plain(settings: Shape) -> dict[str, object]:
    """The settings as JSON, with their secrets, which are the sandbox's."""
    values = settings.model_dump(mode="json")
    for name, value in settings:
        if isinstance(value, SecretStr):
            values[name] = value.get_secret_value()
        elif value in ("pk_sandbox", "xoxb-sandbox"):
            values[name] = value
    return values
