"""The assignment stage as it runs: real controller and handlers, fakes for everybody around it."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import attrs

from anomaly.bands import band_of
from conf.schema import Camera, Settings, Watch
from media.pictures.files import folder_name
from seda import kept_state_memory, payload, wire
from seda.codec import decode_body, encode_body
from seda.decisions import Decided, Gone, Incident, KnownFrame, Lease, WaitingFact
from seda.keys import lease_key
from seda.keys.sealing import open_lease
from seda.messages import Box, Event, Payload, ScoredFacts, Settlement, StageFigures
from seda.pipeline import ASSIGNMENT
from seda.processes import children_of
from seda.requests import Answer, Ask, Client, Person, Undelivered
from seda.sender import Sender
from seda.stage_config import StageConfig
from testing.controllers.neighbours import Neighbour, Taken
from testing.messages.figures import scored_facts
from testing.waiting import PATIENCE_S, wait_until

CLIENT = Client("127.0.0.1", is_https=False, version="1.1", method="GET", is_kept=True)
JPEG, HEAT, USUAL = b"\xff\xd8 a picture", b"\x89PNG a heat map", b"\xff\xd8 the usual view"
CAMERAS = ("gate", "yard", "dock")


_PLAIN: dict[str, Any] = {
    "test_every": 0,
    "second_clear_share": 0.0,
    "incident_threat": 0.25,
    "sample_every_s": 0.0,
}


def settings_with(**watch: Any) -> Settings:
    """Return settings with some of the watch's changed; nothing by chance unless wanted.

    The second band is work and samples come whenever nothing else waits, where a test is not about
    either.
    """
    cameras = tuple(Camera(name, "hidden", instructions=f"Look at the {name}.") for name in CAMERAS)
    return Settings(camera=cameras, watch=Watch(**{**_PLAIN, **watch}))


def facts_of(camera: str, threat: float, sequence: int, **more: Any) -> ScoredFacts:
    """Return a scored frame's facts."""
    box = Box(0.1, 0.2, 0.3, 0.4, "person", 0.9)
    said = {"threat": threat, "band": band_of(threat), "captured_s": time.time(), "boxes": (box,)}
    return scored_facts(camera, sequence, **(said | more))


def session_of(person: str) -> str:
    """Name the session of whoever asks."""
    return f"session of {person}"


@attrs.define(eq=False)
class Shown:
    """What a page was given."""

    answer: Answer
    frame: dict[str, Any]
    picture: bytes
    lease: Lease


class RunningStage:
    """The stage, and whoever it speaks with."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.data = folder / "data"
        lease_key.make(str(self.data))
        self.key = lease_key.read(str(self.data))
        self.directory = self.data / "assignment"
        path = str(folder / "assignment.sock")
        self._listening = wire.listen(path)
        self._ledger = kept_state_memory.create()
        self.reply, self.alarm, self.live = self.neighbours = tuple(
            Neighbour(folder, name) for name in ("http_reply", "alarm", "live")
        )
        self._config = StageConfig(
            ASSIGNMENT,
            ASSIGNMENT.settings,
            {Path(it.path).stem: it.path for it in self.neighbours},
            (),
            2,
            str(folder),
            str(self.data),
            self._listening.fileno(),
            self._ledger,
            content=encode_body(settings),
        ).seal()
        self.log = (folder / "log").open("ab")
        self.sender = Sender(path, "test")
        self.figures: StageFigures | None = None
        self.settled: dict[str, Settlement] = {}
        self._ids = count()
        self._sequences = count(step=100)
        self.clients: dict[str, socket.socket] = {}
        """Of requests that are not answered, by event."""
        self.start()

    def start(self) -> None:
        """Start the controller, for the first time or once more."""
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "controller", str(self._config)],
            pass_fds=(self._config, self._ledger, self._listening.fileno()),
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            stderr=self.log,
        )

    @property
    def words(self) -> str:
        """Return what was logged."""
        return Path(self.log.name).read_text()

    def handlers(self) -> list[int]:
        """Return the pids of the handlers: those below the controller that have the journal."""
        return [
            pid
            for pid in children_of(self.process.pid)
            if any(name.startswith("journal") for name in open_files(pid))
        ]

    def kill_handler(self) -> int:
        """Kill the handler that decides, and wait for the next; return the pid of the dead one.

        What is given to a handler in the moment of its death is closed on doubt.
        """
        self.wait(lambda: len(self.handlers()) == 1)
        [pid] = self.handlers()
        os.kill(pid, signal.SIGKILL)
        self.wait(lambda: self.handlers() and pid not in self.handlers())
        return pid

    # --- time -----------------------------------------------------------------------------------

    def pump(self, for_s: float = 0.01) -> None:
        """Let everybody take what came to them."""
        numbers = [self.sender.fileno(), *(it.fileno() for it in self.neighbours)]
        select.select([number for number in numbers if number >= 0], [], [], for_s)
        for settlement in self.sender.pump():
            self.settled[settlement.id] = settlement
        for neighbour in self.neighbours:
            neighbour.pump()

    def wait(self, is_so: Callable[[], object], limit_s: float = PATIENCE_S) -> None:
        """Pump until something is so."""
        wait_until(
            is_so,
            "what the stage should have come to",
            limit_s=limit_s,
            between=self.pump,
            so_far=lambda: self.words[-3000:],
        )

    def settle(self, event_id: str) -> Settlement:
        """Wait until an event is settled."""
        self.wait(lambda: event_id in self.settled)
        return self.settled[event_id]

    def pump_for(self, span_s: float) -> None:
        """Let time pass."""
        end_s = time.monotonic() + span_s
        while time.monotonic() < end_s:
            self.pump()

    def count(self, name: str) -> float:
        """Return what the stage counted under a name."""
        for taken in self.live.take_all("stage_figures"):
            self.figures = decode_body(taken.event.body, StageFigures)
        return self.figures.counts.get(name, 0.0) if self.figures else 0.0

    def waiting_facts(self, is_so: Callable[[WaitingFact], object]) -> list[WaitingFact]:
        """Wait for a fact of what waits; return it with those before it."""
        found: list[WaitingFact] = []

        def is_there() -> bool:
            taken = self.live.take_all("waiting_fact")
            found.extend(decode_body(it.event.body, WaitingFact) for it in taken)
            return any(map(is_so, found))

        self.wait(is_there)
        return found

    def incident(self) -> Incident:
        """Wait for what alarm is told."""
        self.wait(lambda: [it for it in self.alarm.taken if it.event.kind == "incident"])
        [taken] = self.alarm.take_all("incident")
        return decode_body(taken.event.body, Incident)

    def store(self, camera: str, *times_s: float) -> None:
        """Put pictures into the picture store, as the transcoder does."""
        folder = self.data / "transcoder" / folder_name(camera)
        folder.mkdir(parents=True, exist_ok=True)
        for time_s in times_s:
            (folder / f"{round(time_s * 1000):015d}-1-1-0.jpg").write_bytes(b"ring")

    # --- what comes in --------------------------------------------------------------------------

    def submit(self, kind: str, key: str, body: object, contents: tuple[bytes, ...] = ()) -> str:
        """Submit an event; return its id."""
        event_id = f"{kind}/{next(self._ids)}"
        payloads = tuple(Payload("memory", len(it)) for it in contents)
        event = Event(event_id, kind, key, encode_body(body), payloads)
        self.sender.submit(event, tuple(payload.make(it) for it in contents))
        return event_id

    def score(self, camera: str, threat: float, sequence: int | None = None, **more: Any) -> str:
        """Submit a scored frame; without a sequence number it is no neighbour of the last one."""
        number = next(self._sequences) if sequence is None else sequence
        facts = facts_of(camera, threat, number, **more)
        return self.submit("scored_frame", camera, facts, (JPEG, HEAT, USUAL))

    def add(self, camera: str, threat: float, sequence: int | None = None, **more: Any) -> None:
        """Have a scored frame taken over."""
        settlement = self.settle(self.score(camera, threat, sequence, **more))
        assert settlement.outcome == "done", settlement

    def ask(self, person: str, page: str, scope: frozenset[str] | None = None, **query: str) -> str:
        """Send a request for the next frame; return its event's id."""
        client, server = socket.socketpair()
        event_id = f"request/{next(self._ids)}"
        who = Person(person, "spotter", scope, session_of(person))
        client_of = attrs.evolve(CLIENT, method=query.pop("method", "GET"))
        ask = Ask(client_of, who, "next", query={"page": page, **query})
        event = Event(event_id, "request", person, encode_body(ask), (Payload("connection", 0),))
        self.sender.submit(event, (server.detach(),))
        self.clients[event_id] = client
        return event_id

    def find(self, event_id: str) -> Taken | None:
        """Return what the reply stage was given for a request."""
        for taken in self.reply.taken:
            if taken.event.id == f"{event_id}.0":
                self.reply.taken.remove(taken)
                return taken
        return None

    def answered(self, event_id: str) -> Taken:
        """Wait for a request's answer."""
        found: list[Taken] = []

        def is_there() -> bool:
            taken = self.find(event_id)
            found.extend([taken] if taken else [])
            return bool(found)

        self.wait(is_there)
        return found[0]

    def shown(self, taken: Taken, event_id: str) -> Shown:
        """Read a leased frame, and end the connection as if it had been written."""
        assert taken.event.kind == "pair"
        answer = decode_body(taken.event.body, Answer)
        assert answer.status == 200
        frame = json.loads(dict(answer.headers)["Seda-Frame"])
        picture = Path(answer.file).read_bytes() if answer.file else taken.memory(1)
        client = self.clients.pop(event_id)
        os.write(taken.descriptors[0], b"x")
        assert client.recv(1) == b"x", "the connection is that of who asked"
        taken.end()
        client.close()
        lease = open_lease(self.key, frame["lease"])
        assert answer.lease_id == frame["lease_id"] == lease.lease_id
        return Shown(answer, frame, picture, lease)

    def take(self, person: str, page: str, **query: str) -> Shown:
        """Ask for a frame, and get one."""
        event_id = self.ask(person, page, None, **query)
        return self.shown(self.answered(event_id), event_id)

    def status(self, event_id: str) -> int:
        """Wait for a request's answer; return its status, and end the connection."""
        taken = self.answered(event_id)
        assert taken.event.kind == "answer"
        taken.end()
        self.clients.pop(event_id).close()
        return decode_body(taken.event.body, Answer).status

    def decide(self, shown: Shown, verdict: Any = "clear") -> None:
        """Tell of a verdict that is recorded."""
        body = Decided(shown.lease.lease_id, verdict)
        self.settle(self.submit("decided", shown.lease.lease_id, body))

    def leave(self, person: str, page: str) -> str:
        """Tell that a page of somebody's is gone."""
        return self.submit("gone", page, Gone(page, session_of(person)))

    def lose(self, lease_id: str) -> str:
        """Tell that a pair could not be written."""
        return self.submit("undelivered", lease_id, Undelivered(lease_id))

    def know(self, name: str, camera: str, threat: float, **more: Any) -> str:
        """Offer a test frame."""
        contents = () if more.get("is_withdrawn") else (b"\xff\xd8 known",)
        return self.submit("test_frame", name, KnownFrame(name, camera, threat, **more), contents)

    def close(self) -> None:
        """End everything."""
        self.process.kill()
        self.process.wait()
        self.sender.close()
        for neighbour in self.neighbours:
            neighbour.close()
        for client in self.clients.values():
            client.close()
        self.log.close()
        self._listening.close()
        os.close(self._ledger)
        os.close(self._config)


@contextmanager
def running(folder: Path, settings: Settings | None = None) -> Iterator[RunningStage]:
    """Open an office for the length of a test."""
    opened = RunningStage(folder, settings or settings_with())
    try:
        yield opened
    finally:
        opened.close()


def open_files(pid: int) -> list[str]:
    """Name the files that a process has open."""
    try:
        return [link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return []  # it ended, or a file of it was closed meanwhile


def count_descriptors(pid: int) -> int:
    """Count what a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
