"""`python -m opsroom.sandbox`: the stand-ins on a port, until stopped."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from opsroom.sandbox.api import SandboxConfig, start_sandbox
from opsroom.sandbox.demo import demo_seed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="opsroom.sandbox", description="Stand-ins for the outside services, on loopback."
    )
    parser.add_argument("--port", type=int, default=4010, help="0 takes any free port (default 4010)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--state-file", type=Path, help="keep sessions, messages and files here across restarts"
    )
    parser.add_argument("--scenarios", type=Path, help="folder with more scenarios (*.json, *.jsonl)")
    parser.add_argument("--default-scenario", default="audit-success")
    parser.add_argument("--demo", action="store_true", help="begin with the demo's list, task and channels")
    given = parser.parse_args(arguments)
    config = SandboxConfig(
        host=given.host,
        port=given.port,
        state_file=given.state_file,
        scenario_folder=given.scenarios,
        default_scenario=given.default_scenario,
    )
    try:
        asyncio.run(_serve(config, given.demo))
    except (OSError, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(config: SandboxConfig, demo: bool) -> None:
    sandbox = await start_sandbox(config)
    if demo:
        demo_seed(sandbox)
    urls = sandbox.urls
    print(f"sandbox: {urls.page}", flush=True)
    print(f"ANTHROPIC_BASE_URL={urls.anthropic}")
    print(f"OPSROOM_CLICKUP_URL={urls.clickup}")
    print(f"OPSROOM_SLACK_URL={urls.slack}")
    print(f"OPSROOM_GITHUB_URL={urls.github}")
    print(f"OPSROOM_GOOGLE_URL={urls.google}", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await sandbox.stop()


if __name__ == "__main__":
    sys.exit(main())
