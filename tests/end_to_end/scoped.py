"""A running seda with two cameras of which it has everything, and people who may see one of them.

Of either camera there is whatever an address could name: frames that wait and frames that were
decided, pictures, alarms, test frames, people who may see it alone. So an answer that is not kept
to somebody's scope names the other camera, and is seen to.
"""

import http.client
import io
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from typing import Any, Literal
from urllib.parse import quote, urlencode

import attrs
import msgspec
import numpy as np
from PIL import Image

from anomaly.bands import band_of
from media.pictures.files import folder_name
from seda import payload
from seda.codec import encode_body
from seda.decisions import JoinedFrame, JoinedFrames, Lease
from seda.keys import lease_key
from seda.keys.sealing import opaque_id, seal
from seda.messages import Band, Event, Mark, Payload, ScoredFacts
from seda.requests import Role
from spotter_web.routes import Route
from stages.alarm.evidence.keeping import keep_files
from store.alarms import Occasion, find_by_root, raise_alarm
from store.evidence import Evidence
from store.file.database import Store, Transaction
from store.file.places import evidence_directory, store_path
from store.frames import note_frame
from store.joined import Frame
from store.known_frames import KnownFrame, add_known_frame
from store.people.people import User, add_user, issue
from store.verdicts import Verdict, record_verdict
from testing.messages.figures import scored_facts
from testing.ports import free_port
from testing.running.rig import Rig
from testing.running.source import Source
from testing.waiting import PATIENCE_S, wait_until

OWN, HIDDEN, NOWHERE = "gate", "vault", "nowhere"
"""In scope, not in scope, and not there at all."""
CAMERAS = (OWN, HIDDEN)
ROLES: tuple[Role, ...] = ("spotter", "supervisor", "admin")
ROOT = "root"
"""An admin who may see all cameras."""
MARK = Mark("moving", 0.5, 0.5)
Way = Literal["token", "session", "leaving"]
"""Of showing who one is; the last one is a session that is there to be ended."""
_SETTINGS = """
[web]
address = "127.0.0.1:{web}"
[watch]
incident_threat = 0.25
sample_every_s = 0
review_after_s = 86400
{watch}
[[camera]]
name = "gate"
url = "http://127.0.0.1:{closed}/"
[[camera]]
name = "vault"
url = "http://127.0.0.1:{closed}/"
"""


@attrs.frozen
class Asking:
    """What a request says besides its address: values in its path, a query, a body."""

    path: Mapping[str, str] = attrs.Factory(dict)
    query: Mapping[str, str] = attrs.Factory(dict)
    body: Any = None


@attrs.frozen
class Answer:
    """What came back, as one text too."""

    status: int
    headers: str
    body: bytes

    @property
    def text(self) -> str:
        """Return all of it."""
        return self.headers + self.body.decode("latin-1")


class World:
    """The running system, as people with tokens see it."""

    def __init__(self, rig: Rig, web: str) -> None:
        self.rig = rig
        self.web = web
        self.tokens: dict[str, str] = {}
        self.sessions: dict[str, str] = {}
        """For what no token may."""
        self.leaving: dict[str, str] = {}
        self.alarms: dict[str, int] = {NOWHERE: 4711}
        self._key = b""

    # --- what there is --------------------------------------------------------------------------

    def prepare(self) -> None:
        """Write what an evening leaves, before anything runs."""
        lease_key.make(str(self.rig.data))
        self._key = lease_key.read(str(self.rig.data))
        path = store_path(self.rig.data)
        path.parent.mkdir(mode=0o700)
        evidence = Evidence(evidence_directory(self.rig.data))
        with closing(Store(path)) as store:
            store.write_one(time.time(), self._add_people)
            for camera in CAMERAS:
                store.write_one(time.time(), partial(self._add, camera, evidence))
        for camera in CAMERAS:
            folder = self.rig.data / "transcoder" / folder_name(camera)
            folder.mkdir(parents=True)
            (folder / f"{round(time.time() * 1000):015d}-1-1-0.jpg").write_bytes(picture(camera))

    def _add_people(self, tx: Transaction) -> None:
        for role in ROLES:
            add_user(tx, User(name=role, role=role, scope=frozenset({OWN})), "", "test")
        add_user(tx, User(name=ROOT, role="admin", scope=None), "", "test")
        for camera in CAMERAS:
            guard = User(name=f"guard-{camera}", role="spotter", scope=frozenset({camera}))
            add_user(tx, guard, "", "test")
            for name in (*ROLES, ROOT):
                issue(tx, "token", guard.name, 86_400.0, f"of-{name}")
        for name in (*ROLES, ROOT):
            self.tokens[name] = issue(tx, "token", name, 86_400.0, "test")
            self.sessions[name] = issue(tx, "session", name, 86_400.0, "test")
            self.leaving[name] = issue(tx, "session", name, 86_400.0, "leaving")

    def _add(self, camera: str, evidence: Evidence, tx: Transaction) -> None:
        for name in (*ROLES, ROOT):
            frame_id = decided(camera, name)
            contents = {
                "frame.jpg": picture(frame_id),
                "usual.jpg": picture(f"usual {camera}"),
                "heat.png": b"\x89PNG heat",
                "strip-1000.jpg": picture(camera),
                "joined.json": joined_of(frame_id),
            }
            kept = keep_files(evidence, contents)
            note_frame(tx, frame_id, camera, frame_id, kept)
            record_verdict(
                tx,
                Verdict(
                    lease_id=f"lease-{frame_id}",
                    incident_id=frame_id,
                    root=frame_id,
                    camera=camera,
                    spotter=name,
                    verdict="suspicious",
                    threat=0.6,
                    frame_sha256=kept[0].sha256,
                    band="unusual",
                    captured_s=time.time(),
                    joined=(Frame(f"joined-{frame_id}", HIDDEN, kept[0].sha256),),
                ),
                (),
            )
        cause = "camera offline"
        occasion = Occasion(root=f"r/{camera}", camera=camera, cause=cause, actor="seda")
        raise_alarm(tx, occasion, ())
        alarm = find_by_root(tx, occasion.root)
        assert alarm is not None
        self.alarms[camera] = alarm.alarm_id
        [test] = keep_files(evidence, {"frame.jpg": picture(known(camera))})
        note_frame(tx, known(camera), camera, known(camera), [test])
        frame = KnownFrame(
            frame_id=known(camera),
            camera=camera,
            threat=0.5,
            is_target=True,
            frame_sha256=test.sha256,
        )
        add_known_frame(tx, frame, "test")

    def fill(self) -> None:
        """Be the detector, once everything runs: frames to decide, one of them let go again."""
        self._tell_scores()
        for number, threat in enumerate((0.9, 0.3, 0.2)):
            for camera in CAMERAS:
                # The hidden one is the worst: who may see it is shown it first.
                self.add(camera, number, threat + 0.05 * (camera == HIDDEN))

    def add(self, camera: str, number: int, threat: float) -> None:
        """Be the detector for one frame, until it waits for somebody."""
        facts = scored(camera, number, threat)
        contents = (picture(f"{camera} {number}"), b"heat", picture(camera))
        payloads = tuple(Payload("memory", len(it)) for it in contents)
        name = scored_id(camera, number)
        event = Event(name, "scored_frame", camera, encode_body(facts), payloads)
        with closing(Source(self.rig.socket_of("assignment"))) as source:
            source.submit(event, tuple(payload.make(it) for it in contents))
            wait_until(
                lambda: not source.unsettled,
                f"frame {number} of {camera} to wait",
                between=lambda: source.pump(0.05),
            )

    def _tell_scores(self) -> None:
        with closing(Source(self.rig.socket_of("live"))) as source:
            for camera in CAMERAS:
                body = encode_body(scored(camera, 0, 0.3))
                source.submit(Event(f"fact/{camera}", "scored_fact", camera, body))
            wait_until(
                lambda: not source.unsettled,
                "every score to be told",
                between=lambda: source.pump(0.05),
            )

    def waiting(self, camera: str) -> str:
        """Return the name outside of a frame that waits to be decided."""
        return opaque_id(self._key, scored_id(camera, 0))

    def lease(self, camera: str, person: str) -> str:
        """Return a sealed lease of a frame that waits."""
        frame_id = self.waiting(camera)
        lease = Lease(
            lease_id=f"sealed-{camera}-{person}",
            frame_id=frame_id,
            root=frame_id,
            camera=camera,
            spotter=person,
            threat=0.9,
            band=Band.ALARMING,
            captured_s=time.time(),
            sha256="ab" * 32,
            mark=MARK,
        )
        return seal(self._key, lease)

    # --- asking ---------------------------------------------------------------------------------

    def ask(self, person: str, route: Route, asking: Asking, way: Way | None = None) -> Answer:
        """Ask as this person, and read the whole answer."""
        path = route.path
        for name, value in asking.path.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        query = f"?{urlencode(asking.query)}" if asking.query else ""
        headers = self._shown(person, way or ("session" if route.is_personal else "token"))
        body = asking.body
        if route.body is not None:
            is_json = not isinstance(route.body, str)
            headers["Content-Type"] = "application/json" if is_json else str(route.body)
            body = json.dumps(body).encode() if is_json else body
        connection = http.client.HTTPConnection(self.web, timeout=PATIENCE_S)
        with closing(connection):
            connection.request(route.method, path + query, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, str(answer.headers), answer.read())

    def _shown(self, person: str, way: Way) -> dict[str, str]:
        """Return what shows who asks: a machine, or a browser, which may do what no machine may."""
        if way != "token":
            secrets = self.sessions if way == "session" else self.leaving
            cookie = f"seda_session={secrets[person]}"
            return {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
        return {"Authorization": f"Bearer {self.tokens[person]}"}

    def listen(self, person: str, is_enough: Any) -> bytes:
        """Hear a person's events until it is enough."""
        connection = http.client.HTTPConnection(self.web, timeout=PATIENCE_S)
        with closing(connection):
            headers = {"Authorization": f"Bearer {self.tokens[person]}"}
            connection.request("GET", f"/api/v1/events?page=page-of-{person}", None, headers)
            answer = connection.getresponse()
            assert answer.status == 200
            heard = b""

            def hear() -> None:
                nonlocal heard
                heard += answer.read1(65536)

            wait_until(
                lambda: is_enough(heard),
                f"enough events for {person}",
                between=hear,
                so_far=lambda: heard[-1000:],
            )
            return heard


def joined_of(frame_id: str) -> bytes:
    """Give the list of what was decided with a frame: one of the camera that not all may see."""
    one = JoinedFrame(f"joined-{frame_id}", HIDDEN, "r", "ab" * 32, 0.9, Band.ALARMING, time.time())
    return msgspec.json.encode(JoinedFrames((one,)))


def decided(camera: str, person: str) -> str:
    """Return the name of a frame that this person has decided."""
    return f"decided-{camera}-{person}"


def known(camera: str) -> str:
    """Return the name of a camera's test frame."""
    return f"known-{camera}"


def scored_id(camera: str, number: int) -> str:
    """Return an event's id."""
    return f"scored/{camera}/{number}"


def scored(camera: str, number: int, threat: float) -> ScoredFacts:
    """Return the facts of a frame."""
    said = {"threat": threat, "band": band_of(threat), "captured_s": time.time()}
    return scored_facts(camera, 100 * number, **said)


def picture(of: str) -> bytes:
    """Return a JPEG; no two names have the same."""
    chance = np.random.default_rng(list(of.encode()))
    pixels = chance.integers(0, 255, (12, 16, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).resize((320, 240)).save(out, "JPEG")
    return out.getvalue()


@contextmanager
def world(watch: str = "test_every = 0\nundo_s = 600.0") -> Iterator[World]:
    """Have it run for as long as the block lasts."""
    web = f"127.0.0.1:{free_port()}"
    settings = _SETTINGS.format(web=web.partition(":")[2], closed=free_port(), watch=watch)
    rig = Rig("seda.pipeline:PIPELINE", settings)
    made = World(rig, web)
    rig.prepare = made.prepare
    with rig:
        made.fill()
        yield made
