"""The chain of hashes over the ledger: pure, knows no database.

Each entry's digest covers the entry and the digest before it, so that nothing can be changed, taken
out or put in between without every later digest changing. Whoever notes one digest outside (it is
in every evidence bundle and can be printed) can prove everything before it.
"""

import json
from collections.abc import Iterable
from hashlib import sha256

import attrs

START = bytes(32)
"""What stands for the digest before the first entry."""


@attrs.frozen(kw_only=True)
class Entry:
    """One line of the ledger."""

    number: int
    at_s: float
    kind: str
    subject: str
    actor: str
    content: str
    frame_sha256: str
    previous: bytes
    digest: bytes = b""


def seal(entry: Entry) -> Entry:
    """Return the entry with its digest."""
    fields = attrs.astuple(entry)[:-2]
    canonical = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return attrs.evolve(entry, digest=sha256(entry.previous + canonical).digest())


@attrs.frozen
class Break:
    """Where the chain does not hold, and why."""

    number: int
    reason: str


def find_break(entries: Iterable[Entry], number: int = 0, digest: bytes = START) -> Break | None:
    """Walk the chain from after the given entry; give the first place where it does not hold."""
    for entry in entries:
        number += 1
        if entry.number != number:
            return Break(number, f"entry {number} is missing")
        if entry.previous != digest:
            return Break(number, f"entry {number} does not follow the one before it")
        if seal(entry).digest != entry.digest:
            return Break(number, f"entry {number} is not what was written")
        digest = entry.digest
    return None
