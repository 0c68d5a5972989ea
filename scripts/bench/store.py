"""`store`: how many verdicts a second reach the disk, and what it costs to bring pictures there.

Each transaction is synced. One verdict a transaction is what one person alone gets; while one is
synced others come together, and share the next one. Evidence is left out: pictures are synced
before, side by side, which is measured beside it.
"""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from scripts.bench.report import Figure
from seda.disk.durable import write_synced
from store.file.database import Store, Transaction
from store.verdicts import Verdict, record_verdict

VERDICTS = 1024
GROUPS = (1, 8, 64)
PICTURES = 16
PICTURE_BYTES = 50_000
ROUNDS = 5


def run() -> dict[str, Figure]:
    """Write into a folder of the system's temporary files, which has to be on a disk."""
    with tempfile.TemporaryDirectory(prefix="seda-bench-") as name:
        folder = Path(name)
        figures = {
            f"verdicts_per_s_in_groups_of_{group}": Figure(_per_s(folder, group), "1/s")
            for group in GROUPS
        }
        apart_s, together_s = _sync_s(folder / "apart", 1), _sync_s(folder / "together", PICTURES)
    return figures | {
        "pictures_synced_one_after_the_other_ms": Figure(1000 * apart_s, "ms"),
        "pictures_synced_side_by_side_ms": Figure(1000 * together_s, "ms"),
    }


def _per_s(folder: Path, group: int) -> float:
    with closing(Store(folder / f"{group}" / "store.sqlite")) as store:
        changes = [_change(number) for number in range(VERDICTS)]
        began_s = time.perf_counter()
        for first in range(0, VERDICTS, group):
            made = store.write(1.0 + first, changes[first : first + group])
            failed = [it for it in made if isinstance(it, Exception)]
            if failed:
                raise failed[0]
        return VERDICTS / (time.perf_counter() - began_s)


def _change(number: int) -> Callable[[Transaction], object]:
    verdict = Verdict(
        lease_id=f"lease{number}",
        incident_id=f"frame{number}",
        root=f"frame{number}",
        camera=f"camera{number % 32}",
        spotter="anna",
        verdict="clear",
        threat=0.4,
        frame_sha256="ab" * 32,
        band="noticeable",
        captured_s=1.0,
    )
    return lambda tx: record_verdict(tx, verdict, ())


def _sync_s(folder: Path, at_once: int) -> float:
    """Return the least time that so many pictures took."""
    folder.mkdir()
    content = bytes(PICTURE_BYTES)
    taken_s = []
    with ThreadPoolExecutor(at_once) as threads:
        for turn in range(ROUNDS):
            paths = [folder / f"{turn}-{number}" for number in range(PICTURES)]
            began_s = time.perf_counter()
            for done in [threads.submit(write_synced, path, content) for path in paths]:
                done.result()
            taken_s.append(time.perf_counter() - began_s)
    return min(taken_s)
