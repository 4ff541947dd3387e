"""`python -m opsroom.app`: what the `opsroom` command starts as a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path

from opsroom.kernel.errors import OpsroomError, exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m opsroom.app", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("serve", "worker", "init", "doctor", "demo"):
        sub = commands.add_parser(name)
        sub.add_argument("--workspace", type=Path, default=Path.cwd())
        sub.add_argument("--data", type=Path)
        sub.add_argument("--parent-pid", type=int)
        if name in ("serve", "demo"):
            sub.add_argument("--host")
            sub.add_argument("--port", type=int)
            sub.add_argument("--ready-file", type=Path)
            sub.add_argument("--sandbox", action="store_true")
        if name == "demo":
            sub.add_argument("--once", action="store_true", help="leave when the audit is done")
        if name == "init":
            sub.add_argument("--email", default="admin@opsroom.local")
            sub.add_argument("--organization", default="My organization")
        if name == "doctor":
            sub.add_argument("--json", action="store_true")
    check = commands.add_parser("agents-check")
    check.add_argument("files", nargs="+", type=Path)
    check.add_argument("--json", action="store_true")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit code. Refusals are told in words, never as a traceback."""
    args = _parser().parse_args(argv)
    try:
        return asyncio.run(_run(args))
    except OpsroomError as error:
        print(error, file=sys.stderr)
        return exit_code(error)
    except KeyboardInterrupt:
        return 130


async def _run(args: argparse.Namespace) -> int:
    if args.command == "agents-check":
        from opsroom.app.checks import check_files

        return _tell(check_files(args.files))
    workspace = args.workspace.resolve()
    data = (args.data or workspace / "var").resolve()
    if args.command == "demo":
        return await _demo(args, data)
    if args.command == "doctor":
        from opsroom.app.doctor import examine

        report = await examine(workspace, data)
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        return 1 if any(c["status"] == "fail" for c in report) else 0
    if args.command == "init":
        from opsroom.app.checks import initialise

        founded = await initialise(workspace, data, args.email, args.organization)
        sys.stdout.write(json.dumps(founded, indent=2) + "\n")
        return 0
    return await _serve_or_work(args, workspace, data)


async def _serve_or_work(args: argparse.Namespace, workspace: Path, data: Path) -> int:
    from opsroom.app.rehearsal import sandbox_beside, settings_for
    from opsroom.app.serve import ServeOptions, serve, work

    options = ServeOptions(workspace=workspace, data_dir=data, parent_pid=args.parent_pid)
    if args.command == "worker":
        await work(options)
        return 0
    options.host, options.port, options.ready_file = args.host, args.port, args.ready_file
    if not args.sandbox:
        await serve(options)
        return 0
    async with sandbox_beside(data) as sandbox:
        options.extra = settings_for(sandbox, data)
        await serve(options)
    return 0


async def _demo(args: argparse.Namespace, data: Path) -> int:
    from rich.console import Console

    from opsroom.app.demo import DemoPorts, demo

    ports = DemoPorts() if args.port is None else DemoPorts(args.port, 0, 0)
    return await demo(data, ports, Console(), stay=not args.once)


def _tell(report: list[dict[str, object]]) -> int:
    sys.stdout.write(json.dumps(report, indent=2) + "\n")
    return 0 if all(r["ok"] for r in report) else 2


if __name__ == "__main__":
    sys.exit(main())
