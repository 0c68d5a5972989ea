"""What the kernel of this machine has of what a handler's limits need, asked of the kernel itself.

A test that skipped on the word of the code that it tests would skip when that code is broken.
"""

import ctypes
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import attrs
import pytest

_CREATE_RULESET, _ASK_VERSION = 444, 1
_SIGNALS_SINCE = 6
_PR_GET_NO_NEW_PRIVS = 39
_SECCOMP_ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")
_OOM_SCORE = Path("/proc/self/oom_score_adj")
_libc = ctypes.CDLL(None, use_errno=True)


@attrs.frozen
class Protection:
    """One thing that the kernel may lack."""

    note: str
    """How a handler's note about it begins."""
    missing: Callable[[], str]
    """Why it cannot be had here, in words; empty where it can."""


def _files_missing() -> str:
    version = _libc.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)
    if version < 0:
        return f"this kernel has no Landlock: {os.strerror(ctypes.get_errno())}"
    is_old = version < _SIGNALS_SINCE
    return f"this kernel's Landlock {version} does not refuse signals" if is_old else ""


def _sockets_missing() -> str:
    if not _SECCOMP_ACTIONS.exists():
        return f"this kernel has no seccomp filters: {_SECCOMP_ACTIONS} is absent"
    return ""


def _privileges_missing() -> str:
    lacks = _libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) < 0
    return "this kernel does not know PR_SET_NO_NEW_PRIVS" if lacks else ""


def _oom_missing() -> str:
    return "" if os.access(_OOM_SCORE, os.W_OK) else f"{_OOM_SCORE} cannot be written here"


FILES = Protection("files elsewhere are not refused", _files_missing)
SOCKETS = Protection("sockets are not refused", _sockets_missing)
PRIVILEGES = Protection("programs may gain privileges", _privileges_missing)
OOM = Protection("not first to go when memory ends", _oom_missing)
ALL = (FILES, SOCKETS, PRIVILEGES, OOM)
"""Everything else a handler takes, every kernel has."""


def require(notes: Iterable[str], *needed: Protection) -> None:
    """Skip where what a test needs is missing; fail where a handler lacks what the kernel has."""
    for note in notes:
        about = next((it for it in ALL if note.startswith(it.note)), None)
        assert about is not None, f"every kernel has it, and it was not taken: {note}"
        assert about.missing(), f"this kernel has it, and it was not taken: {note}"
    for protection in needed:
        if why := protection.missing():
            pytest.skip(why)
