"""Program for the crash tests: writes verdicts until it is killed, and says which it was told of.

`python -m tests.store.crashing_writer FILE` writes groups and prints a lease id for
each verdict once it is synced; with `halfway` it stops for ever in the middle of a group.
"""

import signal
import sys
from functools import partial
from itertools import count
from pathlib import Path

import attrs

from store.file.database import Change, Store, Transaction
from store.verdicts import Recorded, record_verdict
from tests.store.scripted import CHANNELS, VERDICT


def main() -> None:
    """Write until killed."""
    store = Store(Path(sys.argv[1]))
    is_halfway = sys.argv[2:] == ["halfway"]
    for group in count():
        names = [f"{group}-{n}" for n in range(3)]
        changes: list[Change] = [partial(_record, name) for name in names]
        if is_halfway and group == 5:
            changes.insert(2, _stop)
        store.write(float(group), changes)
        print(*names, flush=True)  # noqa: T201 - this is what the test reads


def _record(name: str, tx: Transaction) -> Recorded:
    return record_verdict(tx, attrs.evolve(VERDICT, lease_id=name, root=name), CHANNELS)


def _stop(_tx: Transaction) -> None:
    print("halfway", flush=True)  # noqa: T201 - this is what the test reads
    signal.pause()


if __name__ == "__main__":
    main()
