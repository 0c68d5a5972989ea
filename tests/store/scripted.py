"""A store in the hands of a test: a fresh file, and short words for what goes in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs

from seda.decisions import VerdictWord
from store.file.chain import Break
from store.file.database import Store, Transaction, read, verify
from store.verdicts import Recorded, Verdict, record_verdict

CHANNELS = ("duty",)

VERDICT = Verdict(
    lease_id="g-1",
    incident_id="gate-1-7",
    root="gate-1-7",
    camera="gate",
    spotter="anna",
    verdict="suspicious",
    threat=0.8,
    frame_sha256="ab" * 32,
)


@contextmanager
def open_store(path: Path) -> Iterator[Store]:
    """Open the writer for the length of a block."""
    store = Store(path)
    try:
        yield store
    finally:
        store.close()


def decide(  # noqa: PLR0913 - the facts of a verdict, each with a default
    store: Store,
    lease_id: str = "g-1",
    verdict: VerdictWord = "suspicious",
    at_s: float = 10.0,
    *,
    root: str = VERDICT.root,
    spotter: str = VERDICT.spotter,
    is_test: bool = False,
    channels: tuple[str, ...] = CHANNELS,
) -> Recorded:
    """Record a verdict and sync it."""
    what = attrs.evolve(
        VERDICT, lease_id=lease_id, verdict=verdict, root=root, spotter=spotter, is_test=is_test
    )
    recorded = store.write_one(at_s, lambda tx: record_verdict(tx, what, channels))
    assert isinstance(recorded, Recorded)
    return recorded


def count(tx: Transaction, table: str) -> int:
    """Count the rows of a table."""
    (row,) = tx.run(f"SELECT count(*) AS n FROM {table}")  # noqa: S608 - the test's own word
    number: int = row["n"]
    return number


def find_break_in(path: Path) -> Break | None:
    """Verify the chain of a file."""
    with read(path) as tx:
        return verify(tx)
