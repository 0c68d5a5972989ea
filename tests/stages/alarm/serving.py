"""The alarm stage as a real process, and the other stages' part in the hands of a test."""

import io
import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import attrs
import msgspec
from PIL import Image

from conf.schema import Camera, Settings
from seda import payload as memory
from seda import wire
from seda.codec import decode_body, encode_body
from seda.decisions import AlarmFact, Decided, Incident, KnownFrame, Lease, SignedOut
from seda.keys import lease_key, sealing
from seda.messages import Band, Event, Lesson, Mark, Output, Payload
from seda.pipeline import ALARM
from seda.protocol import Beat, Done, Emit, Room
from seda.requests import Answer, Ask, Client, Person
from store.file.database import Transaction, read
from store.file.places import store_path
from store.people.passwords import hash_password
from testing.controllers.spoken import Controller, Handler, controlling
from testing.waiting import wait_until

T = TypeVar("T")
_BODIES: dict[str, type[Any]] = {
    "answer": Answer,
    "decided": Decided,
    "lesson": Lesson,
    "alarm_fact": AlarmFact,
    "test_frame": KnownFrame,
    "signed_out": SignedOut,
}
CLIENT = Client("192.0.2.7", is_https=True, version="1.1", method="POST", is_kept=True)
ANNA = Person("anna", "spotter", None, "0123456789abcdef")
CARL = Person("carl", "supervisor", None, "c" * 16)
ROOT = Person("root", "admin", None, "a" * 16)
PICTURE = b"\xff\xd8 a picture of the gate \xff\xd9"
SETTINGS = Settings(
    camera=(
        Camera("gate", "http://127.0.0.1:9/gate", instructions="After 22:00 only staff."),
        Camera("yard", "http://127.0.0.1:9/yard"),
    )
)
HASH = hash_password("correct horse battery")


@attrs.frozen
class SentEvent:
    """Something that the stage gave to another one."""

    kind: str
    identity: str
    key: str
    body: Any
    payloads: tuple[bytes, ...] = ()


@attrs.frozen
class ClientAnswer:
    """An answer to a client."""

    status: int
    view: Any
    headers: dict[str, str]
    has_connection: bool
    cookies: tuple[str, ...] = ()


class RunningAlarmStage:
    """One handler, and whoever it speaks to."""

    def __init__(self, controller: Controller, folder: Path) -> None:
        self._controller = controller
        self._folder = folder
        self._count = 0
        self._answers: dict[str, ClientAnswer] = {}
        self._ends: dict[str, str] = {}
        self.said: list[SentEvent] = []
        self.counts: Counter[str] = Counter()
        """What the handler has counted."""
        self.trouble = ""
        """What it says of itself."""
        self.handler: Handler = controller.handler()

    def restart(self) -> None:
        """Kill the handler and have another one."""
        self.end()
        self.begin()

    def end(self) -> None:
        """Kill the handler."""
        os.kill(self.handler.pid, signal.SIGKILL)
        self.handler.wait()

    def begin(self) -> None:
        """Have another handler."""
        self.handler = self._controller.fork()
        self.handler.ready()

    def send(  # noqa: PLR0913 - what a request has, each with a default
        self,
        route: str,
        person: Person | None,
        form: object = None,
        *,
        path: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
        content: bytes = b"",
        client: Client = CLIENT,
    ) -> str:
        """Hand a write out with a connection; give its id."""
        body = b"" if form is None else msgspec.json.encode(form)
        ask = Ask(client, person, route, path or {}, query or {}, body)
        here, there = wire.pair()
        here.close()
        payloads, descriptors = [Payload("connection", 0)], [there.detach()]
        if content:
            payloads.append(Payload("memory", len(content)))
            descriptors.append(memory.make(content))
        return self._send("write", encode_body(ask), tuple(payloads), tuple(descriptors))

    def _send(
        self,
        kind: str,
        body: bytes,
        payloads: tuple[Payload, ...] = (),
        descriptors: tuple[int, ...] = (),
    ) -> str:
        self._count += 1
        identity = f"{kind}-{self._count}"
        event = Event(identity, kind, "anybody", body, payloads)
        self.handler.call_nowait(event, descriptors=descriptors)
        return identity

    def ask(
        self, route: str, person: Person | None, form: object = None, **more: Any
    ) -> ClientAnswer:
        """Send a write and wait for its answer."""
        return self.answer(self.send(route, person, form, **more))

    def tell(self, incident: Incident) -> None:
        """Say an incident, and wait until it is taken."""
        identity = self._send("incident", encode_body(incident))
        self.wait(lambda: identity in self._ends)
        assert self._ends[identity] == "done"

    def answer(self, identity: str) -> ClientAnswer:
        """Wait for a write's answer."""
        self.wait(lambda: identity in self._ends)
        assert self._ends[identity] == "done"
        return self._answers[identity]

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Take what the stage says until something is so."""
        wait_until(
            is_so,
            "what the stage should have said or done",
            between=self.take,
            so_far=lambda: (self.said[-3:], self.trouble),
        )

    def wait_for(self, kind: str, number: int = 1) -> list[SentEvent]:
        """Wait until something was said so often."""
        self.wait(lambda: len(self.heard(kind)) >= number)
        return self.heard(kind)

    def heard(self, kind: str) -> list[SentEvent]:
        """Return what was said of a kind."""
        return [said for said in self.said if said.kind == kind]

    def take(self) -> None:
        """Wait for the next thing that the stage says."""
        message, descriptors = self.handler.receive()
        if isinstance(message, Beat | Done | Emit):
            self.counts.update(message.figures.counts)
            self.trouble = message.figures.trouble
        match message:
            case Done():
                for result in message.results:
                    self._ends[result.id] = result.outcome
                    for output in result.outputs:
                        self._hear(output, descriptors, result.id)
            case Emit():
                for output in message.outputs:
                    self._hear(output, descriptors, "")
                self.handler.link.send(Room(len(message.outputs)))
            case Beat():
                pass
            case _:
                raise AssertionError(message)

    def _hear(self, output: Output, descriptors: list[int], asked: str) -> None:
        event = output.event
        body = decode_body(event.body, _BODIES[event.kind])
        contents = []
        for payload in event.payloads:
            if payload.of_input >= 0:
                continue
            descriptor = descriptors.pop(0)
            contents.append(_content(descriptor, payload.size_bytes))
        said = SentEvent(event.kind, event.id, event.key, body, tuple(contents))
        self.said.append(said)
        if isinstance(body, Answer):
            content = contents[0] if contents else body.body
            self._answers[asked] = ClientAnswer(
                body.status,
                json.loads(content) if content else None,
                {name.lower(): value for name, value in body.headers},
                event.payloads[0].of_input == 0,
                tuple(value for name, value in body.headers if name == "Set-Cookie"),
            )

    # --- short words ------------------------------------------------------------------------------

    def lease(self, lease_id: str = "g-1", frame_id: str = "f" * 24, **changes: Any) -> Lease:
        """Make a lease, and assignment's files of its frame."""
        lease = attrs.evolve(
            Lease(
                lease_id=lease_id,
                frame_id=frame_id,
                root=f"root-{frame_id}",
                camera="gate",
                spotter="anna",
                threat=0.8,
                band=Band.UNUSUAL,
                captured_s=1000.0,
                sha256=sha256(PICTURE).hexdigest(),
                mark=Mark("moving", 0.5, 0.25, (1, 2, 3)),
            ),
            **changes,
        )
        folder = self._folder / "assignment" / "frames" / frame_id
        folder.mkdir(parents=True, exist_ok=True)
        names = ("heat.png", "usual.jpg", "strip-999000.jpg", "strip-1001000.jpg")
        (folder / "frame.jpg").write_bytes(PICTURE)
        for name in names:
            (folder / name).write_bytes(f"{name} of {frame_id}".encode())
        (folder / "facts.json").write_text('{"camera": "gate"}')
        return lease

    def watch(self, camera: str = "gate", side_px: tuple[int, int] = (192, 112)) -> bytes:
        """Have assignment keep a frame of a camera with its usual view; give that."""
        folder = self._folder / "assignment" / "frames" / f"watched-{camera}"
        folder.mkdir(parents=True, exist_ok=True)
        file = io.BytesIO()
        Image.linear_gradient("L").resize(side_px).save(file, "jpeg")
        (folder / "usual.jpg").write_bytes(file.getvalue())
        (folder / "facts.json").write_text(f'{{"camera": "{camera}"}}')
        return file.getvalue()

    def decide(  # noqa: PLR0913 - what a page may get wrong, each with a default
        self,
        lease: Lease,
        verdict: str = "suspicious",
        *,
        person: Person = ANNA,
        note: str = "",
        route: str = "verdict",
        frame_id: str = "",
        sealed: str = "",
    ) -> str:
        """Send a verdict; give its id."""
        text = sealed or sealing.seal(lease_key.read(str(self._folder)), lease)
        form = {"lease": text, "verdict": verdict, "note": note}
        if route == "undo":
            form = {"lease_id": lease.lease_id}
        return self.send(route, person, form, path={"frame_id": frame_id or lease.frame_id})

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Read the store."""
        with read(store_path(self._folder)) as tx:
            return [dict(row) for row in tx.run(statement)]

    def look(self, question: Callable[[Transaction], T]) -> T:
        """Read the store."""
        with read(store_path(self._folder)) as tx:
            return question(tx)


@contextmanager
def serving(
    folder: Path, settings: Settings = SETTINGS, **changes: Any
) -> Iterator[RunningAlarmStage]:
    """Have the alarm stage serve."""
    lease_key.make(str(folder))
    content = encode_body(settings)
    stage = attrs.evolve(ALARM, **changes)
    with controlling(stage, folder, content=content) as controller:
        yield RunningAlarmStage(controller, folder)


def _content(descriptor: int, size_bytes: int) -> bytes:
    with memory.view(descriptor, size_bytes) as view:
        content = bytes(view)
    wire.close_all([descriptor])
    return content
