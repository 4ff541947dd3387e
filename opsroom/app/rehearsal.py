"""Rehearsing: the product with every outside service played by the sandbox, in the same process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from opsroom.app.founding import write_private
from opsroom.sandbox.api import Sandbox, SandboxConfig, start_sandbox

WEBHOOK_SECRET = "rehearsal-webhook-secret"  # noqa: S105 - known on purpose, it guards a stand-in


@asynccontextmanager
async def sandbox_beside(data_dir: Path, port: int = 0) -> AsyncIterator[Sandbox]:
    """A sandbox that remembers what it received from one start to the next."""
    await asyncio.to_thread(data_dir.mkdir, parents=True, exist_ok=True)
    config = SandboxConfig(port=port, state_file=data_dir / "sandbox.json", github_any_repo=True)
    sandbox = await start_sandbox(config)
    try:
        yield sandbox
    finally:
        await sandbox.stop()


def settings_for(sandbox: Sandbox, data_dir: Path) -> dict[str, str]:
    """Settings that point every outside address at the sandbox."""
    account = data_dir / "sandbox-google-account.json"
    write_private(account, json.dumps(sandbox.google_tokens.new_service_account()))
    return {
        "ANTHROPIC_BASE_URL": sandbox.urls.anthropic,
        "ANTHROPIC_API_KEY": "sk-ant-rehearsal",
        "SENTINEL_AGENT_ID": "agent_sentinel",
        "SEONAV_ENV_ID": "env_seonav",
        "OPSROOM_CLICKUP_URL": sandbox.urls.clickup,
        "CLICKUP_API_TOKEN": "pk_rehearsal",
        "CLICKUP_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "OPSROOM_SLACK_URL": sandbox.urls.slack,
        "SLACK_BOT_TOKEN": "xoxb-rehearsal",
        "OPSROOM_GITHUB_URL": sandbox.urls.github,
        "GITHUB_TOKEN": "rehearsal",
        "OPSROOM_GOOGLE_URL": sandbox.urls.google,
        "GOOGLE_SERVICE_ACCOUNT_JSON_PATH": str(account),
        # The sample site and the stand-ins are on loopback.
        "OPSROOM_SKILLS__ALLOW_PRIVATE": "true",
    }
