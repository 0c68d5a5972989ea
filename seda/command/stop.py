"""`seda stop`: asks the supervisor to stop, waits for its end and says how it went."""

import argparse
import os
import select
import signal
from pathlib import Path
from typing import NoReturn

from conf.schema import Settings
from seda.command import configuration, exits
from seda.command.output import tell
from seda.supervisor import directory
from seda.supervisor.directory import Holder

GRACE_S = 10.0
"""On top of what the supervisor gives its stages: reaping, and a machine that is busy."""


def execute(arguments: argparse.Namespace) -> int:
    """Stop what runs on the run directory."""
    path = configuration.running(arguments)
    try:
        lock = directory.open_lock(path)
    except OSError:
        _fail_not_running(path)
    try:
        holder = directory.read_holder(lock)
        if holder is None:
            _fail_not_running(path)
        state = directory.read_state(path)
        limit_s = state.stop_limit_s if state else Settings().stop_limit_s
        _stop(path, holder, limit_s + GRACE_S)
        return _tell(holder, directory.read_holder(lock))
    finally:
        os.close(lock)


def _fail_not_running(path: Path) -> NoReturn:
    exits.fail(exits.NOT_RUNNING, f"seda does not run on {path}")


def _stop(path: Path, holder: Holder, limit_s: float) -> None:
    """Signal that very process and wait for its end."""
    try:
        descriptor = os.pidfd_open(holder.pid)
    except ProcessLookupError:
        _fail_not_running(path)
    try:
        # Asked after it was opened: from here on the descriptor names this process and no other.
        if not directory.is_alive(holder):
            _fail_not_running(path)
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        if not poll.poll(limit_s * 1000):
            exits.fail(
                exits.FAILED,
                f"the supervisor (process {holder.pid}) still runs after {limit_s:g} s; if its log "
                f"does not say why, `kill -9 {holder.pid}` ends it and everything below it",
            )
    finally:
        os.close(descriptor)


def _tell(before: Holder, after: Holder | None) -> int:
    """Say how it went, by the last words of the supervisor."""
    if after is None or after.instance != before.instance or after.outcome is None:
        exits.fail(exits.FAILED, "the supervisor ended without its last words; see its log")
    if after.outcome:
        exits.fail(exits.FAILED, f"stopped, but not everything politely: {after.outcome}")
    tell("stopped; every stage drained")
    return exits.OK
