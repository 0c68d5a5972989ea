"""`siege/power`: the power is cut at the writes of every file that has to last, under a watch.

The watch runs on a disk that takes down what is synced (`disk`). At every so many writes and
syncs a cut is made: twice, once with nothing left but what was synced, and once with whatever
chance lets a cut leave. On each image everything is opened as after a start of the machine, people
send the verdicts on what they had on their screens, are given frames, and decide those.
"""

import shutil
import tempfile
from pathlib import Path
from random import Random

import attrs

from scripts.bench.report import Figure, progress
from scripts.bench.siege.power.disk import Disk
from scripts.bench.siege.power.watch import (
    CAMERAS,
    PEOPLE,
    Answered,
    Book,
    PowerWatch,
    next_number,
    power_watch,
)
from seda import decisions, logs
from store.evidence import Evidence
from store.file.database import Transaction, read, verify
from store.file.places import evidence_directory
from store.frames import PICTURE, find_file

STEPS = 240
EVERY = 17
"""At every n-th write or sync; a number that has nothing to do with the writes of a step."""
SEED = 5
ASKED = 15
"""Frames that people ask for after a cut."""
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it


@attrs.define
class Tally:
    """What all cuts together cost."""

    writes: int = 0
    """Writes and syncs that there were; both sides of a sync count."""
    cuts: int = 0
    answered: int = 0
    taught: int = 0
    verdicts_missing: int = 0
    alarms_missing: int = 0
    leases_given_twice: int = 0
    answers_false: int = 0
    """Verdicts after the cut that were answered and are not stored as given."""
    verdicts_refused: int = 0
    """Verdicts after the cut on what was on a screen before it."""
    frames_again: int = 0
    """Decided frames that somebody was given after the cut."""
    evidence_missing: int = 0
    chains_broken: int = 0
    digests_missing: int = 0
    lessons_missing: int = 0
    notes_missing: int = 0
    """The notebook is of no use, or has neither what was written last nor what before."""
    starts_refused: int = 0
    faults: list[str] = attrs.Factory(list)
    """The first of each, in words."""

    def fault(self, name: str, words: str) -> None:
        """Count something that must not be."""
        if getattr(self, name) == 0:
            self.faults.append(f"{name}: {words}")
        setattr(self, name, getattr(self, name) + 1)


def run(steps: int = STEPS, every: int = EVERY) -> dict[str, Figure]:
    """Cut, look, and count."""
    logs.configure("bench", is_json=False, level="critical")  # what a cut took is said by the tally
    tally = strike(steps, every, SEED)
    for words in tally.faults:
        progress(words)
    values = attrs.asdict(tally, filter=lambda field, _: field.name != "faults")
    return {f"power_{name}": Figure(value, "") for name, value in values.items()}


def strike(steps: int, every: int, seed: int) -> Tally:
    """Run a watch of so many steps and cut the power at every n-th write."""
    tally = Tally()
    place = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="seda-power-", dir=place) as folder:
        root = Path(folder)
        (root / "disk").mkdir()
        disk, book = Disk(root / "disk"), Book()
        _Cutter(disk, book, root / "image", every, tally)
        with disk.watching():
            _play(root / "disk" / "data", disk, book, steps, Random(seed))  # noqa: S311 - seeded
    return tally


class _Cutter:
    """Cuts the power at every n-th event of the disk, and measures what it cost."""

    def __init__(self, disk: Disk, book: Book, image: Path, every: int, tally: Tally) -> None:
        self._disk, self._book, self._image = disk, book, image
        self._every, self._tally = every, tally
        disk.on_event = self._happen

    def _happen(self) -> None:
        self._tally.writes += 1
        if self._tally.writes % self._every == 0:
            self.cut(None)
            self.cut(Random(self._tally.writes))  # noqa: S311 - seeded

    def cut(self, chance: Random | None) -> None:
        """Cut the power and look at what is left."""
        self._disk.cut(self._image, chance)
        self._tally.cuts += 1
        try:
            look(self._image / "data", self._book.copy(), self._tally)
        finally:
            shutil.rmtree(self._image)


def _play(data: Path, disk: Disk, book: Book, steps: int, chance: Random) -> None:
    with power_watch(data, book, chance, disk=disk) as watch:
        for step in range(steps):
            watch.score(epoch=1)
            person = chance.choice(PEOPLE)
            if len(book.held[person]) < 2:
                watch.ask(person)
            if book.held[person] and chance.random() < 0.8:
                watch.decide(person, book.held[person][0])
            if chance.random() < 0.7:
                watch.tell()
            if step % 11 == 10:
                watch.sync()
            watch.watch(chance.choice(CAMERAS))
            if step % 7 == 6:
                watch.note()
            if step % 60 == 59:
                watch.policy.compact()
            if step % 13 == 12:
                watch.note_digest()


def look(data: Path, book: Book, tally: Tally) -> None:
    """Open what a cut left, let people go on, and count what is wrong."""
    tally.answered = max(tally.answered, len(book.answered))
    tally.taught = max(tally.taught, len(book.taught))
    before, noted = dict(book.answered), book.noted
    try:
        with power_watch(data, book, Random(1), boot="second") as watch:  # noqa: S311 - seeded
            _prove_notes(watch, noted, tally)
            _prove_store(watch, before, tally)
            _go_on(watch, tally)
            _prove_lessons(watch, tally)
    except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is what is counted
        tally.fault("starts_refused", repr(error))


def _prove_notes(watch: PowerWatch, noted: tuple[decisions.Incident, ...], tally: Tally) -> None:
    """Prove that the notebook has what was written last; more only if a cut came while writing."""
    try:
        found = watch.noted()
    except ValueError as error:
        tally.fault("notes_missing", repr(error))
        return
    if noted and found != noted and len(found) != next_number(noted):
        tally.fault("notes_missing", f"{len(found)} notes instead of {len(noted)}")


def _prove_lessons(watch: PowerWatch, tally: Tally) -> None:
    """Prove that cameras know what they were taught, once what was told is told again."""
    for lesson, camera in watch.book.taught.items():
        if lesson not in watch.lessons(camera):
            tally.fault("lessons_missing", f"{lesson} of {camera}")


def _prove_store(watch: PowerWatch, answered: dict[str, Answered], tally: Tally) -> None:
    """Prove that everything that was answered is there with its evidence."""
    evidence = Evidence(evidence_directory(watch.data))
    with read(watch.path) as tx:
        if (broken := verify(tx)) is not None:
            tally.fault("chains_broken", broken.reason)
        for digest in watch.book.digests:
            if tx.one("SELECT 1 FROM ledger WHERE digest = ?", digest) is None:
                tally.fault("digests_missing", digest.hex())
        for lease_id, given in answered.items():
            _prove_verdict(tx, watch, lease_id, tally)
            _prove_picture(tx, given.frame.frame_id, tally)
        for row in tx.run("SELECT sha256 FROM evidence"):
            if not evidence.is_intact(row["sha256"]):
                tally.fault("evidence_missing", row["sha256"])


def _prove_verdict(tx: Transaction, watch: PowerWatch, lease_id: str, tally: Tally) -> None:
    given = watch.book.answered[lease_id]
    row = tx.one("SELECT * FROM verdicts WHERE lease_id = ?", lease_id)
    wanted = (given.frame.frame_id, given.word, given.picture_sha256)
    if row is None or (row["incident_id"], row["verdict"], row["frame_sha256"]) != wanted:
        tally.fault("verdicts_missing", f"{lease_id} on {wanted}")
        return
    alarm = tx.one("SELECT 1 FROM alarms WHERE root = ?", row["root"])
    if given.word == "suspicious" and alarm is None:
        tally.fault("alarms_missing", f"{lease_id} on {wanted}")


def _prove_picture(tx: Transaction, frame_id: str, tally: Tally) -> None:
    if find_file(tx, frame_id, PICTURE) is None:
        tally.fault("evidence_missing", f"no row names the picture of {frame_id}")


def _go_on(watch: PowerWatch, tally: Tally) -> None:
    """Let people decide what they had, and then what they are given."""
    book = watch.book
    known = len(book.answered)
    for person in PEOPLE:
        for held in tuple(book.held[person]):
            watch.decide(person, held)
    if book.refused:
        tally.fault("verdicts_refused", book.refused[0])
    watch.tell()
    decided = {it.frame.frame_id for it in book.answered.values()}
    for step in range(ASKED):
        person = PEOPLE[step % len(PEOPLE)]
        frame = watch.ask(person)
        if frame is None:
            watch.score(epoch=2)
        elif frame.frame_id in decided:
            tally.fault("frames_again", frame.frame_id)
        for shown in tuple(book.held[person]):
            watch.decide(person, shown)
            decided.add(shown.frame_id)
        watch.tell_again()
    if book.given_twice:
        tally.fault("leases_given_twice", str(book.given_twice))
    _prove_new(watch, list(book.answered)[known:], tally)


def _prove_new(watch: PowerWatch, leases: list[str], tally: Tally) -> None:
    """Prove that what was answered after the cut is stored as it was given."""
    with read(watch.path) as tx:
        for lease_id in leases:
            missing = tally.verdicts_missing
            _prove_verdict(tx, watch, lease_id, tally)
            if tally.verdicts_missing > missing:
                tally.verdicts_missing = missing
                tally.fault("answers_false", lease_id)
