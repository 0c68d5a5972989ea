"""The frames that may be asked about: their files, the hot ones, their strips, and their end.

A frame's folder goes some time after its incident left the pool: a page may still show it, and a
verdict that comes late still needs its evidence copied. Folders that the journal knows nothing of
are what a predecessor left, and go the same way.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from media.pictures.files import PictureReader
from runtime.work import Received
from seda.disk import room
from seda.messages import ScoredFacts
from stages.assignment.frame_details import details_of
from stages.assignment.pictures.files import JOINED, USUAL, Files
from stages.assignment.pictures.hot import HotPictures
from stages.assignment.pictures.strips import SPAN_S, Strips, Wanted, choose, want_from
from stages.assignment.pictures.unwritten import Unwritten
from stages.assignment.policy import commands as c
from stages.assignment.policy.records import Incident

GRACE_SEEN_S = 300.0
"""After somebody saw it: longer than any page waits with a verdict before it asks anew."""
GRACE_S = 10.0
"""After it left unseen: a page that had it prefetched may be about to show it."""
COMES_AFTER_S = 2.0
"""After it was taken: a chunk has to end and to be made into pictures."""
_RECENT_S = 60.0
"""The picture store goes back so far."""


class Frames:
    """What this process knows of every frame's pictures."""

    def __init__(self, folder: Path, store: Path, incident_threat: float) -> None:
        self._incident_threat = incident_threat
        self._files = Files(folder)
        self._store = PictureReader(store)
        self._hot = HotPictures()
        self._unwritten = Unwritten()
        self._strips = Strips()
        self._ends_s: dict[str, float] = {}
        """When folders go."""
        self._without_usual: defaultdict[str, list[str]] = defaultdict(list)
        """Test frames by camera, which get its next frame's usual view."""
        self._of_incident: dict[str, tuple[str, list[str]]] = {}
        """Camera and frames of what is in the pool, because the pool forgets both at once."""

    def open(self, incidents: Iterable[Incident], now_s: float, wall_s: float) -> None:
        """Go on from a pool that was read back."""
        known = set()
        for incident in incidents:
            names = [frame.frame_id for frame in incident.frames]
            self._of_incident[incident.incident_id] = (incident.camera, names)
            known.update(names)
            if incident.is_test:
                self.note_test(incident.incident_id, incident.camera)
            else:
                self._resume_strip(incident, now_s, wall_s)
        for name, modified_s in self._files.open():
            if name not in known:
                self._ends_s[name] = now_s + max(0.0, modified_s + GRACE_SEEN_S - wall_s)

    def _resume_strip(self, incident: Incident, now_s: float, wall_s: float) -> None:
        for frame in incident.frames:
            captured_s = details_of(frame).facts.captured_s
            if captured_s > wall_s - _RECENT_S and frame.threat >= self._incident_threat:
                wanted = want_from(incident.camera, captured_s, now_s)
                self._strips.want(frame.frame_id, wanted)

    def keep(
        self, frame_id: str, facts: ScoredFacts, pictures: Mapping[str, bytes | memoryview]
    ) -> bool:
        """Write a frame's pictures; False where the disk is full, and memory has to do for now.

        Raises OSError where neither takes them.
        """
        is_written = self._write(frame_id, facts, pictures)
        self._ends_s.pop(frame_id, None)
        if USUAL in pictures and is_written:
            self._give_usual(facts.camera, pictures[USUAL])
        return is_written

    def _give_usual(self, camera: str, usual: bytes | memoryview) -> None:
        """Give a camera's test frames its usual view; the next frame's where there is no room."""
        for name in self._without_usual.pop(camera, ()):
            try:
                self._files.add(name, USUAL, usual)
            except OSError as error:
                if not room.is_full(error):
                    raise
                self._without_usual[camera].append(name)

    def _write(
        self, frame_id: str, facts: ScoredFacts, pictures: Mapping[str, bytes | memoryview]
    ) -> bool:
        try:
            self._files.keep(frame_id, facts, pictures)
        except OSError as error:
            if not room.is_full(error) or not self._unwritten.keep(frame_id, facts, pictures):
                raise
            return False
        return True

    def write_late(self) -> None:
        """Write what the disk did not take when it came."""
        self._unwritten.write(self._files)

    def keep_hot(self, frame_id: str, picture: Received) -> None:
        """Keep a received picture in memory, too."""
        self._hot.keep(frame_id, picture)

    def hot(self, frame_id: str) -> Received | bytes | None:
        """Return a frame's picture if it is in memory."""
        return self._hot.find(frame_id) or self._unwritten.picture(frame_id)

    def file(self, frame_id: str) -> str:
        """Return the path of a frame's picture, as an answer names it."""
        return self._files.frame_file(frame_id)

    def note_admitted(self, fact: c.Admitted, captured_s: float, now_s: float) -> None:
        """Note which incident a frame belongs to; the one that it displaced leaves."""
        frame = fact.frame
        _, names = self._of_incident.setdefault(fact.incident_id, (frame.camera, []))
        names.append(frame.frame_id)
        if frame.threat >= self._incident_threat:
            self._strips.want(frame.frame_id, want_from(frame.camera, captured_s, now_s))
        if fact.displaced is not None:
            names.remove(fact.displaced)
            self._end(fact.displaced, now_s + GRACE_S)

    def note_test(self, frame_id: str, camera: str) -> None:
        """Note a test frame, which is an incident of its own."""
        self._of_incident[frame_id] = (camera, [frame_id])
        if not self._files.path(frame_id, USUAL).exists():
            self._without_usual[camera].append(frame_id)

    def note_leased(self, incident: Incident, now_s: float) -> None:
        """Have an ordinary frame's strip gathered now that somebody is to see it."""
        face = incident.face
        if face.threat < self._incident_threat and not incident.is_test:
            captured_s = details_of(face).facts.captured_s
            self._strips.want(face.frame_id, want_from(face.camera, captured_s, now_s))

    def note_test_leased(
        self, incident: Incident, captured_s: float, now_s: float, wall_s: float
    ) -> None:
        """Give a test frame's strip its times, and let the rest of it come as others' comes."""
        name = incident.face.frame_id
        self._files.clear_strip(name)
        self._files.link_strip(name, captured_s, wall_s - COMES_AFTER_S)
        self._strips.want(name, want_from(incident.camera, captured_s, now_s, is_test=True))

    def list_joined(self, frame_id: str, content: bytes) -> bool:
        """Lay the list of what is decided with a frame beside it, if there is room."""
        try:
            return self._files.add(frame_id, JOINED, content)
        except OSError as error:
            if not room.is_full(error):
                raise
            return False

    def drop(self, incident_id: str, now_s: float, *, was_seen: bool) -> str:
        """Note that an incident left the pool; return its camera."""
        camera, names = self._of_incident.pop(incident_id)
        for name in names:
            self._end(name, now_s + (GRACE_SEEN_S if was_seen else GRACE_S))
        return camera

    def drop_picture(self, fact: c.PictureDropped, now_s: float) -> None:
        """Note that an incident goes on without one of its pictures."""
        _, names = self._of_incident[fact.incident_id]
        names.remove(fact.frame_id)
        self._end(fact.frame_id, now_s)

    def _end(self, frame_id: str, at_s: float) -> None:
        self._ends_s[frame_id] = at_s
        self._hot.discard(frame_id)
        self._strips.forget(frame_id)

    def discard(self, frame_id: str) -> None:
        """Remove a frame at once that nobody has heard of."""
        self._unwritten.discard(frame_id)
        self._files.discard((frame_id,))

    def take_due(self, now_s: float) -> tuple[list[str], list[tuple[str, Wanted]]]:
        """Return the folders that go now, and the strips to be looked after."""
        ended = [name for name, at_s in self._ends_s.items() if at_s <= now_s]
        for name in ended:
            del self._ends_s[name]
            self._unwritten.discard(name)
        return ended, self._strips.take_due(now_s)

    def work_off(self, ended: list[str], strips: list[tuple[str, Wanted]], wall_s: float) -> int:
        """Remove and copy; in a thread, as it touches files alone.

        Returns how many strips a full disk did not take. They are looked after again for as long
        as they are wanted.
        """
        self._files.discard(ended)
        return sum(not self._gather(frame_id, wanted, wall_s) for frame_id, wanted in strips)

    def _gather(self, frame_id: str, wanted: Wanted, wall_s: float) -> bool:
        try:
            if wanted.is_test:
                self._files.link_strip(frame_id, wanted.captured_s, wall_s - COMES_AFTER_S)
                return True
            around = self._store.between(
                wanted.camera, wanted.captured_s - SPAN_S, wanted.captured_s + SPAN_S
            )
            self._files.add_strip(frame_id, choose(around, wanted.captured_s))
        except OSError as error:
            if not room.is_full(error):
                raise
            return False
        return True
