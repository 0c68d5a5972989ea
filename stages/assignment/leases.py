"""From a lease in the pool to what the page gets: facts, sealed lease, headers.

A test frame brings what is said of it. What it has not, its camera's frames lend it as they look
now, and it seems to have been taken a moment before it was leased.
"""

import json
from hashlib import sha256
from typing import Literal

import attrs
import msgspec

from anomaly.bands import band_of
from conf.schema import Camera
from seda.decisions import Lease
from seda.keys.sealing import seal
from seda.messages import Box, Mark, ScoredFacts
from seda.requests import Answer, Client
from spotter_web.views import Frame, Problem
from stages.assignment.camera_states import CameraStates
from stages.assignment.clock import Clock
from stages.assignment.frame_details import FrameDetails, details_of
from stages.assignment.items import Item
from stages.assignment.policy import records

BOXES_MAX = 20
WORDS_MOST = 300
"""Of a lease, which a page sends back in a header's length."""
"""Of a header, which proxies hold in a few kilobytes; all of them are in the frame's facts."""
TEST_AGE_S = (2.0, 6.0)
_WORDS = "Nothing unusual for this camera."
_NO_STORE = ("Cache-Control", "no-store")
_JSON = ("Content-Type", "application/json")


class Leases:
    """Makes what is said of leases."""

    def __init__(
        self, key: bytes, cameras: tuple[Camera, ...], clock: Clock, incident_threat: float
    ) -> None:
        self._key = key
        self._incident_threat = incident_threat
        self._cameras = {camera.name: camera for camera in cameras}
        self._clock = clock
        self._looks: dict[str, ScoredFacts] = {}
        self.camera_states = CameraStates()

    def note_look(self, facts: ScoredFacts) -> None:
        """Remember how a camera's frames look, for its test frames."""
        if facts.camera in self._cameras:
            self._looks[facts.camera] = facts

    def answer(self, client: Client, lease: records.Lease, item: Item, instead_of: str) -> Answer:
        """Return the head of the answer; the picture goes with it."""
        details = details_of(item.first.face)
        if item.first.is_test:
            details = attrs.evolve(details, facts=self.disguised(details.facts, lease))
        frame = self._frame(attrs.evolve(details, facts=item.told(details.facts)), lease, item)
        if instead_of:
            frame = attrs.evolve(frame, instead_of=instead_of)
        headers = (("Content-Type", "image/jpeg"), ("Seda-Frame", to_ascii(frame)), _NO_STORE)
        return Answer(client, 200, headers, lease_id=lease.lease_id)

    def _frame(self, details: FrameDetails, lease: records.Lease, item: Item) -> Frame:
        facts, incident = details.facts, item.first
        frame_id = incident.face.frame_id
        camera = self._cameras.get(facts.camera)
        condition = self.camera_states.condition(facts)
        sealed = Lease(
            lease_id=lease.lease_id,
            frame_id=frame_id,
            root=incident.root,
            camera=facts.camera,
            spotter=lease.spotter,
            threat=facts.threat,
            band=facts.band,
            captured_s=facts.captured_s,
            sha256=details.sha256,
            mark=facts.mark,
            joined_sha256=item.listed_sha256,
            words=facts.words[:WORDS_MOST],
        )
        return Frame(
            frame_id=frame_id,
            lease_id=lease.lease_id,
            lease=seal(self._key, sealed),
            camera=facts.camera,
            instructions=camera.instructions if camera else "",
            captured_s=facts.captured_s,
            now_s=self._clock.wall_s(),
            threat=facts.threat,
            band=facts.band,
            is_learning=facts.is_learning,
            cause=facts.cause,
            words=condition.words,
            boxes=_strongest(facts.boxes),
            pictures=tuple(f.frame_id for f in incident.frames if f.frame_id != frame_id),
            problems=(*self._maintenance(facts.camera), *facts.problems),
            joined=item.joined if item.listed else None,
            kind=self._kind(incident),
            state=condition.state,
            why=condition.why,
            scene_s=condition.scene_s,
        )

    def _kind(self, incident: records.Incident) -> Literal["work", "sample", "review"]:
        """Return what a frame is asked about for; a test frame is what its threat would make it."""
        if incident.is_deferred:
            return "review"
        is_ordinary = incident.face.threat < self._incident_threat
        is_work = not is_ordinary if incident.is_test else incident.is_work
        return "work" if is_work else "sample"

    def is_maintained(self, camera: str) -> bool:
        """Whether somebody works on a camera, so that its alarms are held back."""
        return bool(self._maintenance(camera))

    def _maintenance(self, name: str) -> tuple[str, ...]:
        camera = self._cameras.get(name)
        maintenance = camera.maintenance if camera else None
        if maintenance is None or maintenance.end.timestamp() <= self._clock.wall_s():
            return ()
        end = f"{maintenance.end:%Y-%m-%d %H:%M %Z}".rstrip()
        return (f"Maintenance until {end}: {maintenance.reason}. Its alarms are held back.",)

    def disguised(self, facts: ScoredFacts, lease: records.Lease) -> ScoredFacts:
        """Lend a test frame what it lacks, the same each time that it is asked for."""
        look = self._looks.get(facts.camera, facts)
        if not facts.words:
            words = look.words or _WORDS
            facts = attrs.evolve(facts, cause=look.cause, words=words, mark=look.mark)
        first, last = TEST_AGE_S
        chance = int.from_bytes(sha256(lease.lease_id.encode()).digest()[:6]) / 2**48
        age_s = first + (last - first) * chance + self._clock.now_s() - lease.leased_s
        # Two clocks have to give the same each time, hence the rounding; a time with two decimals
        # would tell it from cameras' own, hence the rest.
        rest_s = chance * 1000 % 1 / 100
        return attrs.evolve(
            facts,
            captured_s=round(self._clock.wall_s() - age_s, 2) + rest_s,
            is_learning=look.is_learning,
            problems=look.problems,
        )


def plain_facts(camera: str, threat: float, captured_s: float) -> ScoredFacts:
    """Return the facts of a test frame of which nobody said more; it has no words of its own."""
    return ScoredFacts(
        camera=camera,
        epoch=0,
        sequence=0,
        index=0,
        captured_s=captured_s,
        raw=0.0,
        threat=threat,
        band=band_of(threat),
        is_learning=False,
        cause="nothing",
        words="",
        boxes=(),
        mark=Mark("overall", 0.5, 0.5),
    )


def empty(client: Client, asked_for: str = "") -> Answer:
    """Return the answer without a frame; it may ask for one that the page has not shown."""
    more = (("Seda-Yield", asked_for),) if asked_for else ()
    return Answer(client, 204, (_NO_STORE, *more))


def refusal(client: Client, status: int, words: str, *more: tuple[str, str]) -> Answer:
    """Return the answer to a request that gets nothing."""
    body = msgspec.json.encode(Problem(words))
    return Answer(client, status, (_JSON, _NO_STORE, *more), body)


def to_ascii(frame: Frame) -> str:
    """Return a frame's facts as JSON that a header can hold."""
    text = msgspec.json.encode(frame).decode()
    if not text.isascii():
        text = json.dumps(json.loads(text), separators=(",", ":"))
    return text.replace("\x7f", "\\u007f")


def _strongest(boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    if len(boxes) <= BOXES_MAX:
        return boxes
    return tuple(sorted(boxes, key=lambda box: -box.strength)[:BOXES_MAX])
