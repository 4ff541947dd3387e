"""Landlock: a process gives up rights to files and network for itself and all its children.

The second choice, where bubblewrap is missing or not allowed. It needs no privilege and no program,
only a kernel of 5.13 or newer. It hides no processes and makes no namespaces; the keeper's other
limits stay as they are. Used inside the keeper's child only, so it knows nothing of the product.
"""
# ruff: noqa: PTH112

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

# The numbers are the same on every architecture, since these calls are younger than the unified table.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38
_READ = 0b1101  # execute, read file, read folder
_FILE_ONLY = 0b111 | 1 << 14 | 1 << 15  # what can be granted on a file: execute, write, read, truncate, ioctl
# Rights that exist by version of the interface: 13 at first, then refer, truncate, ioctl on devices.
_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_BY_ABI_4 = 0b11  # bind and connect, TCP
_SCOPES_BY_ABI_6 = 0b11  # abstract sockets, signals


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("access", ctypes.c_uint64), ("fd", ctypes.c_int32)]


def version() -> int:
    """The kernel's version of the interface; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, _libc().syscall(_CREATE_RULESET, None, 0, 1))


def restrict(rules: dict) -> None:
    """From here on: `read` folders may be read, `write` folders also written, nothing else.

    Raises OSError when the kernel refuses, so that nothing starts with less protection than promised.
    """
    libc, abi = _libc(), version()
    every = (1 << _RIGHTS_BY_ABI.get(abi, 16)) - 1
    attributes = _Ruleset(
        every, _NET_BY_ABI_4 if abi >= 4 and not rules["network"] else 0, _SCOPES_BY_ABI_6 if abi >= 6 else 0
    )
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    ruleset = _checked(libc.syscall(_CREATE_RULESET, ctypes.byref(attributes), size, 0))
    for path in rules["read"]:
        _allow(libc, ruleset, path, every & _READ)
    for path in rules["write"]:
        _allow(libc, ruleset, path, every)
    _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rights = rights if os.path.isdir(path) else rights & _FILE_ONLY
            beneath = _PathBeneath(rights, fd)
            _checked(libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(beneath), 0))
        finally:
            os.close(fd)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
