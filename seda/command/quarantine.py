"""`seda quarantine list|show|replay`: events that failed alone twice, and another try for them."""

import argparse
import os
import select
import time
from pathlib import Path

import msgspec

from seda import quarantine
from seda.command import configuration, exits
from seda.command.configuration import Configuration
from seda.command.output import tell
from seda.disk.small_files import Unreadable
from seda.messages import Settlement
from seda.quarantine import Entry
from seda.sender import Sender
from seda.supervisor import directory

SETTLE_LIMIT_S = 60.0
"""For one event: longer than a handler may take for it twice."""
_PUMP_S = 0.1
"""For a stage whose controller is just being replaced, and has no link to wait for."""


def execute(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    found = configuration.load(arguments)
    place = Path(found.settings.data_directory) / "quarantine"
    entries = [
        entry for entry in quarantine.entries(place) if arguments.stage in (None, entry.stage)
    ]
    match arguments.verb:
        case "list":
            return _list(entries, as_json=arguments.json)
        case "show":
            return _show(place, _chosen(entries, arguments.entry)[0], as_json=arguments.json)
        case _:
            return _replay(found, place, _chosen(entries, arguments.entry))


def _list(entries: list[Entry], *, as_json: bool) -> int:
    if as_json:
        tell(msgspec.json.encode(entries).decode())
        return exits.OK
    for entry in entries:
        tell(f"{entry.at}  {entry.stage}/{entry.name}  {entry.size_bytes} bytes  {entry.reason}")
    if not entries:
        tell("the quarantine is empty")
    return exits.OK


def _chosen(entries: list[Entry], names: list[str]) -> list[Entry]:
    """Return the entries of these names, or `all`."""
    if names == ["all"]:
        return entries
    by_name = {f"{entry.stage}/{entry.name}": entry for entry in entries}
    by_name |= {entry.name: entry for entry in entries}
    if unknown := [name for name in names if name not in by_name]:
        exits.fail(
            exits.FAILED,
            f"not in the quarantine: {', '.join(unknown)}; `seda quarantine list` names what is",
        )
    return [by_name[name] for name in names]


def _show(place: Path, entry: Entry, *, as_json: bool) -> int:
    folder = place / entry.stage / entry.name
    try:
        event = quarantine.read_event(folder)
    except Unreadable as error:
        exits.fail(exits.FAILED, f"{error}; its payloads, if any, are beside it")
    if as_json:
        tell(msgspec.json.encode({"entry": entry, "event": event}).decode())
        return exits.OK
    for name in ("stage", "id", "kind", "key", "reason", "at", "size_bytes"):
        tell(f"{name:<12} {getattr(entry, name)}")
    tell(f"{'priority':<12} {event.priority}")
    tell(f"{'threat':<12} {'nobody judged it' if event.threat is None else event.threat}")
    for index, payload in enumerate(event.payloads):
        where = folder / f"payload-{index}"
        kept = str(where) if where.exists() else "not kept"
        tell(f"{'payload':<12} {payload.kind}, {payload.size_bytes} bytes: {kept}")
    return exits.OK


def _replay(found: Configuration, place: Path, entries: list[Entry]) -> int:
    """Submit each under a new id and wait; what was done leaves the quarantine."""
    run_directory = found.run_directory
    if directory.find_holder(run_directory) is None:
        exits.fail(exits.NOT_RUNNING, f"seda does not run on {run_directory}: start it first")
    failed = 0
    for entry in entries:
        outcome = _replay_one(run_directory / f"{entry.stage}.sock", place, entry)
        tell(f"{entry.stage}/{entry.name}: {outcome}")
        failed += outcome != "done"
        # Quarantined again it lies there anew, under its new id.
        if outcome.startswith(("done", "quarantined")):
            quarantine.delete(place, entry.stage, entry.name)
    return exits.FAILED if failed else exits.OK


def _replay_one(path: Path, place: Path, entry: Entry) -> str:
    renewal = f"{time.time_ns():x}"
    try:
        event, descriptors = quarantine.load(place, entry.stage, entry.name, renewal)
    except (OSError, ValueError, Unreadable) as error:
        return f"cannot be read: {error}"
    sender = Sender(str(path), f"replay-{os.getpid()}")
    try:
        sender.submit(event, tuple(descriptors))
        return _settled(sender)
    finally:
        sender.close()


def _settled(sender: Sender) -> str:
    """Wait for the one event that this sender has; return its outcome in words."""
    give_up_s = time.monotonic() + SETTLE_LIMIT_S
    while time.monotonic() < give_up_s:
        for settlement in sender.pump():
            return _words(settlement)
        if sender.refused:
            return f"refused: {sender.refused}"
        waited = [sender] if sender.fileno() >= 0 else []
        select.select(waited, [], [], _PUMP_S)
    return f"not settled within {SETTLE_LIMIT_S:g} s; it may still be"


def _words(settlement: Settlement) -> str:
    reason = f" ({settlement.reason})" if settlement.reason else ""
    return f"{settlement.outcome}{reason}"
