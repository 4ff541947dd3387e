"""The scratch folders of runs: `data_dir/scratch/<run>/<attempt>`, one for each start of a program."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from opsroom.runs.engines.clean import NotJson, as_object, read_json
from opsroom.runs.engines.programs.confinement import Scratch
from opsroom.runs.engines.programs.protocol import Output
from opsroom.runs.ports import SessionOrder

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")


def is_run_id(text: str) -> bool:
    """May `text` be the name of a folder?"""
    return _RUN_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Finished:
    """Our note on a program that has ended: what a restart of the product needs to know of it."""

    cost_micro_usd: int
    declared: tuple[Output, ...]


def new_scratch(run_folder: Path, order: SessionOrder, options: dict[str, object]) -> Scratch:
    """A fresh folder with the payload in it; never one that an earlier start has used."""
    run_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = Scratch(_unused(run_folder, order.attempt))
    for folder in (scratch.work, scratch.outputs, scratch.tmp, scratch.shm):
        folder.mkdir(mode=0o700)
    _write(scratch.work / "payload.json", json.dumps(order.payload, ensure_ascii=False, indent=2))
    _write(scratch.work / "options.json", json.dumps(options, ensure_ascii=False, indent=2))
    _write(scratch.work / "prompt.txt", order.prompt)
    return scratch


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="replace")


def _unused(run_folder: Path, attempt: int) -> Path:
    """`3`, or `3.1` when an earlier process already began attempt 3: the name is part of event ids."""
    names = [str(attempt), *(f"{attempt}.{again}" for again in range(1, 10_000))]
    for name in names:
        try:
            (run_folder / name).mkdir(mode=0o700)
        except FileExistsError:
            continue
        return run_folder / name
    raise FileExistsError(run_folder)


def note_finished(scratch: Scratch, finished: Finished) -> None:
    """Remember the end on disk. Written whole or not at all."""
    note = {
        "cost_micro_usd": finished.cost_micro_usd,
        "declared": [output.model_dump(mode="json") for output in finished.declared],
    }
    draft = scratch.finished.with_suffix(".new")
    draft.write_text(json.dumps(note), encoding="utf-8")
    draft.rename(scratch.finished)


def last_finished(run_folder: Path) -> tuple[Scratch, Finished] | None:
    """The newest attempt that ran to its end."""
    try:
        names = sorted((p.name for p in run_folder.iterdir()), key=_in_order, reverse=True)
    except (FileNotFoundError, NotADirectoryError):
        return None
    for name in names:
        scratch = Scratch(run_folder / name)
        try:
            note = as_object(read_json(scratch.finished.read_bytes()))
        except (OSError, NotJson):
            continue
        declared = note.get("declared")
        outputs = tuple(Output.model_validate(o) for o in declared) if isinstance(declared, list) else ()
        cost = note.get("cost_micro_usd")
        return scratch, Finished(cost if isinstance(cost, int) else 0, outputs)
    return None


def _in_order(name: str) -> tuple[int, int]:
    attempt, _, again = name.partition(".")
    return (int(attempt) if attempt.isdigit() else -1, int(again) if again.isdigit() else 0)


def remove_scratch(run_folder: Path) -> None:
    """Delete everything of a run, also what its program made unreadable."""
    shutil.rmtree(run_folder, ignore_errors=True)
    if not os.path.lexists(run_folder):
        return
    for parent, folders, _ in os.walk(run_folder):
        for name in folders:
            folder = Path(parent) / name
            if not folder.is_symlink():
                folder.chmod(stat.S_IRWXU)
    shutil.rmtree(run_folder, ignore_errors=True)
