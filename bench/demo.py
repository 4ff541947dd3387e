"""`make demo` in a fresh clone, on a warm package cache, to the finished audit."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

from bench.report import Figure, Result
from bench.world import ROOT, clean_env

TARGET_S = 90


async def run(folder: Path, _scale: float) -> Result:
    clone = folder / "clone"
    await _do(["git", "clone", "-q", str(ROOT), str(clone)], ROOT, folder / "clone.log")
    began = time.perf_counter()
    first = await _demo(clone, folder / "first.log")
    first_s = time.perf_counter() - began
    began = time.perf_counter()
    second = await _demo(clone, folder / "second.log")
    second_s = time.perf_counter() - began
    return Result(
        title="make demo",
        how="A fresh clone of the last commit in a temporary folder: `make demo` with `--port 0 --once`, "
        "which makes the "
        "virtual environment, installs every package from the hash-locked files, builds the front-end, "
        "starts the product, "
        "the sandbox and the sample site, runs the audit and delivers it to all channels. The package "
        "caches of uv, pip "
        "and npm are as the machine has them.",
        baseline="none; the second start in the same clone stands below.",
        figures=[
            Figure("fresh clone to the finished audit", first_s, "s", TARGET_S),
            Figure("second start to the finished audit", second_s, "s"),
            Figure("exit codes, both", first + second, "", 0, 0),
        ],
    )


async def _demo(clone: Path, log: Path) -> int:
    return await _do(["make", "demo", "DEMO_FLAGS=--port 0 --once"], clone, log, check=False)


async def _do(argv: list[str], where: Path, log: Path, *, check: bool = True) -> int:
    # Package clients find their registries and caches as the caller's environment says.
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("OPSROOM_", "ANTHROPIC_", "VIRTUAL_ENV"))
    }
    with log.open("wb") as out:
        running = await asyncio.create_subprocess_exec(
            *argv, cwd=where, stdout=out, stderr=out, env=kept | clean_env()
        )
        code = await asyncio.wait_for(running.wait(), 170)
    if code and check:
        raise RuntimeError(log.read_text(errors="replace")[-2000:])
    if code:
        print(log.read_text(errors="replace")[-2000:])
    return code
