"""Program behind `seda ledger`: walks the chain of hashes, read-only, while seda runs or not.

The chain proves that what it holds was not changed *between* two digests; that it was not written
anew as a whole, only a digest that somebody noted elsewhere proves. So the newest digest is shown,
and `--holds` looks for one that was noted earlier.
"""

import argparse
import re
import sqlite3
import sys
from datetime import UTC, datetime

from seda.command import configuration, exits
from seda.command.ending import ended
from seda.command.output import tell
from store.file.database import Transaction, read, verify
from store.file.places import store_path

_DIGEST = re.compile(r"[0-9a-f]{64}")


def main() -> int:
    """Do what the arguments say; return the exit code."""
    arguments = _parser().parse_args()
    return ended(lambda: _execute(arguments))


def _execute(arguments: argparse.Namespace) -> int:
    path = store_path(configuration.load(arguments).settings.data_directory)
    if not path.exists():
        exits.fail(exits.FAILED, f"there is no ledger yet: {path}")
    try:
        with read(path) as tx:
            _verify(tx, arguments.holds)
    except sqlite3.Error as error:
        exits.fail(exits.FAILED, f"the ledger cannot be read: {error}")
    return exits.OK


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="seda ledger", description="What was decided, and by whom.")
    verbs = top.add_subparsers(metavar="COMMAND", required=True)
    purpose = "walk the ledger and name the first line that is not as it was written"
    verb = verbs.add_parser("verify", help=purpose, description=purpose)
    verb.add_argument("--config", metavar="FILE", help="settings (default: seda.toml, if there)")
    verb.add_argument("--holds", metavar="DIGEST", type=_digest, help="a digest noted earlier")
    verb.set_defaults(pipeline="seda.pipeline:PIPELINE")
    return top


def _digest(text: str) -> bytes:
    if not _DIGEST.fullmatch(text.lower()):
        raise argparse.ArgumentTypeError("a digest has 64 hexadecimal digits")
    return bytes.fromhex(text)


def _verify(tx: Transaction, noted: bytes | None) -> None:
    """Say what holds, or end with what does not."""
    found = verify(tx)
    if found is not None:
        words = "keep a copy of the data directory, and compare it with a backup"
        exits.fail(exits.FAILED, f"the ledger does not hold: {found.reason}; {words}")
    anchor = tx.one("SELECT number, digest FROM anchor")
    last = tx.one("SELECT number, at_s, digest FROM ledger ORDER BY number DESC LIMIT 1")
    if noted is not None:
        _find(tx, noted, anchor["digest"] if anchor else None)
    if last is None:
        tell("the ledger is empty")
        return
    first = anchor["number"] + 1 if anchor else 1
    when = datetime.fromtimestamp(last["at_s"], UTC).isoformat(timespec="seconds")
    tell(f"the ledger holds: lines {first} to {last['number']}, the last of {when}")
    tell(f"its digest, to be noted elsewhere: {last['digest'].hex()}")


def _find(tx: Transaction, noted: bytes, anchor: bytes | None) -> None:
    line = tx.one("SELECT number FROM ledger WHERE digest = ?", noted)
    if line is None and noted != anchor:
        words = "the ledger was written anew since, or retention has removed that line"
        exits.fail(exits.FAILED, f"the digest {noted.hex()} is not in it: {words}")


if __name__ == "__main__":
    sys.exit(main())
