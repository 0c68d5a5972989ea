"""A watch on the parts of seda that keep something: journal, frames, leases, store, evidence.

The modules are the shipped ones, called in one process in the order in which the stages call them.
What is answered to people is noted outside, in a `Book`, as their browsers would have it.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import TypeVar

import attrs
import msgspec

from anomaly.memory_file import Chunk
from conf.schema import Camera, Settings, Watch
from scripts.bench.siege.power.disk import Disk
from seda import decisions
from seda.disk.durable import make_directory
from seda.keys import lease_key
from seda.messages import Lesson, ScoredFacts
from seda.requests import Ask, Client, Person
from spotter_web.views import Frame
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.notice_outbox import AGAIN_S, tell
from stages.alarm.replies import problem
from stages.alarm.requests import Request
from stages.alarm.routes import verdicts
from stages.anomaly.memories import newest_memory, store_memory
from stages.anomaly.teaching import teach
from stages.assignment.deciding import FRAMES
from stages.assignment.frame_details import FrameDetails, encode_details
from stages.assignment.items import Item
from stages.assignment.journaled_policy import JournaledPolicy
from stages.assignment.leases import Leases, plain_facts
from stages.assignment.pictures.frames import Frames
from stages.assignment.pictures.lost import find_lost
from stages.assignment.policy import commands as c
from stages.assignment.policy import happenings as h
from stages.assignment.settings import limits_of
from stages.live import notebook
from store.file.database import Refused, Store, Transaction
from store.file.places import store_path
from store.pending_notices import forget_telling, list_untold, mark_told

T = TypeVar("T")
_FULL = 2
"""SQLite's number for `synchronous=FULL`; with less a commit may be lost."""
PEOPLE = ("anna", "bert", "carl")
CAMERAS = tuple(f"camera{number}" for number in range(6))
WORDS = ("clear", "suspicious", "suspicious")
_CLIENT = Client("127.0.0.1", is_https=False, version="1.1", method="POST", is_kept=True)
_SETTINGS = Settings(
    camera=tuple(Camera(name, "http://127.0.0.1:9/") for name in CAMERAS),
    watch=Watch(
        test_every=0,
        second_threat=1.0,
        second_clear_share=0.0,
        lease_s=600.0,
        incident_threat=0.25,
        sample_every_s=0.0,
        review_after_s=86_400.0,
    ),
)


@attrs.frozen
class Answered:
    """A verdict to which somebody was told that it is recorded."""

    frame: Frame
    person: str
    word: str
    picture_sha256: str


def next_number(noted: tuple[decisions.Incident, ...]) -> int:
    """Return how many incidents are open after so many: each note differs from the last."""
    return len(noted) % 5 + 1


@attrs.define
class Book:
    """What people outside know, whatever becomes of the machine."""

    answered: dict[str, Answered] = attrs.Factory(dict)
    """By lease."""
    held: dict[str, list[Frame]] = attrs.Factory(lambda: {name: [] for name in PEOPLE})
    given: dict[str, str] = attrs.Factory(dict)
    """Frames by lease."""
    given_twice: int = 0
    refused: list[str] = attrs.Factory(list)
    digests: list[bytes] = attrs.Factory(list)
    """Of the ledger, as somebody noted them."""
    taught: dict[str, str] = attrs.Factory(dict)
    """Cameras by lesson, where the detector has settled it."""
    noted: tuple[decisions.Incident, ...] = ()
    """What the notebook was written with last."""

    def copy(self) -> "Book":
        """Return what is known now, to go on from it after a cut."""
        held = {name: list(frames) for name, frames in self.held.items()}
        return attrs.evolve(
            self,
            answered=dict(self.answered),
            held=held,
            given=dict(self.given),
            given_twice=0,
            refused=[],
            digests=list(self.digests),
            taught=dict(self.taught),
        )


class PowerWatch:
    """Opened on a data directory, as after a start of the machine."""

    def __init__(
        self, data: Path, book: Book, disk: Disk | None, boot: str, chance: Random
    ) -> None:
        self.data, self.book, self.chance = data, book, chance
        self._disk = disk
        self.path = store_path(data)
        make_directory(data)
        for stage in ("alarm", "assignment", "anomaly", "live"):  # as their controllers do
            (data / stage).mkdir(mode=0o700, exist_ok=True)
        lease_key.make(str(data))
        key = lease_key.read(str(data))
        self.store = Store(self.path)
        self._note_commit()
        self.alarm_context = AlarmContext(_SETTINGS, data)
        folder = data / "assignment"
        self.policy = JournaledPolicy(folder / "journal", limits_of(_SETTINGS), self.path, boot)
        self.frames = Frames(folder / FRAMES, data / "ring", _SETTINGS.watch.incident_threat)
        incidents = list(self.policy.pool.records.incidents.values())
        self.frames.open(incidents, self.policy.clock.now_s(), self.policy.clock.wall_s())
        for name in find_lost(folder / FRAMES, incidents, is_thorough=self.policy.is_new_boot):
            self.policy.handle(h.PictureLost(name))
        self._leases = Leases(
            key, _SETTINGS.camera, self.policy.clock, _SETTINGS.watch.incident_threat
        )
        self._sequences = 0
        self._written_s = 1000.0

    def close(self) -> None:
        """Let go of the files."""
        self.policy.close()
        self.store.close()

    def score(self, epoch: int) -> None:
        """Have a camera's frame taken over."""
        self._sequences += 5
        camera = self.chance.choice(CAMERAS)
        picture = b"\xff\xd8" + self.chance.randbytes(600)
        facts = attrs.evolve(
            plain_facts(camera, 0.3 + 0.6 * self.chance.random(), self.policy.clock.wall_s()),
            epoch=epoch,
            sequence=self._sequences,
        )
        name = f"{epoch}-{self._sequences:020}"
        self._keep(name, facts, picture)
        kept = encode_details(FrameDetails(facts, sha256(picture).hexdigest()))
        frame = h.Frame(
            frame_id=name,
            camera=camera,
            epoch=epoch,
            sequence=self._sequences,
            threat=facts.threat,
            header=kept,
        )
        self.policy.handle(h.Scored(frame))

    def _keep(self, name: str, facts: ScoredFacts, picture: bytes) -> None:
        usual = f"the usual view of {facts.camera}".encode()
        pictures = {"frame.jpg": picture, "heat.png": picture[:100], "usual.jpg": usual}
        self.frames.keep(name, facts, pictures)

    def ask(self, person: str, yields: str | None = None) -> Frame | None:
        """Have somebody's page ask, and give up what it is asked for; return what it got."""
        held = self.book.held[person]
        held[:] = [it for it in held if it.lease_id != yields]
        leases = frozenset(frame.lease_id for frame in held)
        request = h.Requested(
            request_id="r",
            spotter=person,
            session=f"page/{person}",
            wait_s=0.0,
            shown=held[0].lease_id if held else None,
            holds=leases,
            yields=yields,
        )
        for command in self.policy.handle(request):
            if isinstance(command, c.AskedToYield):
                return self.ask(person, command.lease_id)
            if isinstance(command, c.Leased | c.Resent):
                return self._give(person, command)
        return None

    def _give(self, person: str, command: c.Leased | c.Resent) -> Frame:
        records = self.policy.pool.records
        lease = records.leases[command.lease_id]
        item = Item(tuple(self.policy.pool.item_of(command.lease_id)))
        instead_of = (command.instead_of or "") if isinstance(command, c.Leased) else ""
        answer = self._leases.answer(_CLIENT, lease, item, instead_of)
        frame = msgspec.json.decode(dict(answer.headers)["Seda-Frame"], type=Frame)
        before = self.book.given.setdefault(frame.lease_id, frame.frame_id)
        self.book.given_twice += before != frame.frame_id
        self.book.held[person].append(frame)
        return frame

    def decide(self, person: str, frame: Frame) -> None:
        """Have somebody decide, and note what is answered."""
        # The same again where it was not answered, as a page sends it.
        word = WORDS[sha256(frame.lease_id.encode()).digest()[0] % len(WORDS)]
        body = json.dumps({"lease": frame.lease, "verdict": word}).encode()
        ask = Ask(_CLIENT, Person(person, "spotter"), "verdict", {"frame_id": frame.frame_id})
        request = Request(ask, body)
        try:
            reply = self._write(lambda tx: verdicts.verdict(self.alarm_context, request, tx))
        except Refused as error:
            reply = problem(409, str(error))
        held = self.book.held[person]
        held[:] = [it for it in held if it.lease_id != frame.lease_id]
        if reply.status != 200:
            self.book.refused.append(f"{frame.lease_id}: {reply.view}")
            return
        opened = self.alarm_context.open_lease(
            frame.lease, Person(person, "spotter"), frame.frame_id
        )
        self.book.answered[frame.lease_id] = Answered(frame, person, word, opened.sha256)

    def tell(self) -> None:
        """Tell assignment of what was decided, as the alarm stage does."""
        untold = self._write(lambda tx: list_untold(tx, 64))
        for pending in untold:
            for told, _ in tell(pending):
                if isinstance(told.body, decisions.Decided):
                    self._hear(told.body)
                if isinstance(told.body, Lesson):
                    self._teach(told.key, told.body)
        self._write(lambda tx: mark_told(tx, untold))

    def _hear(self, it: decisions.Decided) -> None:
        if it.verdict != "undone":
            about = it.frame_id, it.spotter
            self.policy.handle(h.Decided(it.lease_id, it.verdict, it.attempt, *about))

    def _teach(self, camera: str, lesson: Lesson) -> None:
        if teach(self.data / "anomaly", camera, lesson).refusal is None:
            self.book.taught[lesson.id] = camera

    def watch(self, camera: str) -> None:
        """Have the detector take a chunk of a camera: its memory is written, and not synced."""
        folder = self.data / "anomaly"
        newest, chunk = newest_memory(folder, camera)
        store_memory(folder, newest.memory, Chunk(1, chunk.sequence + 1))

    def lessons(self, camera: str) -> set[str]:
        """Return the lessons that a camera's memory has."""
        newest, _ = newest_memory(self.data / "anomaly", camera)
        return {name for _, name in newest.memory.lessons.given}

    def note(self) -> None:
        """Have `live` write down what is open now."""
        number = next_number(self.book.noted)
        noted = tuple(
            decisions.Incident(
                f"root/{self._written_s}/{it}", "gate", "camera offline", "words", 1.0
            )
            for it in range(number)
        )
        notebook.write(self.data / "live", notebook.Notes(open=noted))
        self.book.noted = noted

    def noted(self) -> tuple[decisions.Incident, ...]:
        """Return what the notebook says."""
        unreadable: list[str] = []
        notes = notebook.read(self.data / "live", unreadable.append)
        if unreadable:
            raise ValueError("the notebook cannot be read")
        return notes.open

    def tell_again(self) -> None:
        """Tell once more what was told of late, as after a start."""
        self._write(lambda tx: forget_telling(tx, AGAIN_S))
        self.tell()

    def note_digest(self) -> None:
        """Note the ledger's newest digest elsewhere."""

        def newest(tx: Transaction) -> bytes | None:
            row = tx.one("SELECT digest FROM ledger ORDER BY number DESC LIMIT 1")
            return row["digest"] if row else None

        digest = self._write(newest)
        if digest:
            self.book.digests.append(digest)

    def sync(self) -> None:
        """Bring the journal to the disk, as the stage does every second."""
        self.policy.sync()

    def _write(self, change: Callable[[Transaction], T]) -> T:
        self._written_s += 1.0
        result: T = self.store.write_one(self._written_s, change)
        self._note_commit()
        return result

    def _note_commit(self) -> None:
        """Have the disk know of a commit, if SQLite was asked to sync it."""
        if self._disk is not None and self._is_synced():
            self._disk.note_commit(self.path)

    def _is_synced(self) -> bool:
        asked = self.store.write_one(0.0, lambda tx: tx.one("PRAGMA synchronous"))
        return bool(asked["synchronous"] >= _FULL)


@contextmanager
def power_watch(
    data: Path, book: Book, chance: Random, *, disk: Disk | None = None, boot: str = "first"
) -> Iterator[PowerWatch]:
    """Have a watch for the length of a block."""
    watch = PowerWatch(data, book, disk, boot, chance)
    try:
        yield watch
    finally:
        watch.close()
