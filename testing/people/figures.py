"""What is counted while a watch is simulated, and the theorem checked turn by turn.

A camera's wait begins when a frame of it waits and none is on its way to a screen, and ends when
one is on a screen; a lease that comes back in between does not end it.
"""

from collections import Counter, defaultdict

import attrs

from stages.assignment.policy import commands as c
from stages.assignment.policy.bound import bound_rotation_turns
from stages.assignment.policy.pool import Pool


class Broken(Exception):
    """What must never happen did."""


def demand(is_so: object, words: str) -> None:
    """Raise Broken unless something is so."""
    if not is_so:
        raise Broken(words)


@attrs.define
class Wait:
    """A camera's wait, and the rotation turns that others had in it.

    Only turns of spotters who may see something that waits count, as the theorem says.
    """

    since_s: float
    turns: list[str] = attrs.Factory(list)
    has_turn: bool = False
    """It got its rotation turn, and the frame is on its way to a screen."""


@attrs.define
class Figures:
    """Counters, and the waits of the cameras."""

    frames: Counter[str] = attrs.Factory(Counter)
    decided: dict[str, Counter[str]] = attrs.Factory(lambda: defaultdict(Counter))
    """Decisions by kind of turn and camera."""
    waits_s: dict[str, list[float]] = attrs.Factory(lambda: defaultdict(list))
    judged: Counter[str] = attrs.Factory(Counter)
    dropped: Counter[str] = attrs.Factory(Counter)
    referred: Counter[str] = attrs.Factory(Counter)
    returned: Counter[str] = attrs.Factory(Counter)
    leased: Counter[str] = attrs.Factory(Counter)
    seen: set[tuple[str, str]] = attrs.Factory(set)
    kills: int = 0
    held_by_two: int = 0
    """Frames that a page was given while another had them."""
    seen_twice: int = 0
    decisions_lost: int = 0
    """Answered with "recorded", and not in the pool."""
    decisions_twice: int = 0
    _waits: dict[str, Wait] = attrs.Factory(dict)
    _done: list[tuple[str, Wait]] = attrs.Factory(list)
    _camera_of: dict[str, str] = attrs.Factory(dict)
    _waiting: dict[str, set[str]] = attrs.Factory(lambda: defaultdict(set))
    _leases: dict[str, tuple[str, c.Turn, str]] = attrs.Factory(dict)
    """The incident, the turn and the spotter of every lease."""
    _samples: set[str] = attrs.Factory(set)
    """The incidents that are samples; only turns that are open to them count in their waits."""
    _seen_by: dict[str, set[str]] = attrs.Factory(lambda: defaultdict(set))
    _given_back: set[str] = attrs.Factory(set)

    @property
    def longest_wait_s(self) -> float:
        """The longest wait of any camera."""
        return max(max(waits) for waits in self.waits_s.values())

    @property
    def attention(self) -> Counter[str]:
        """All decisions, by camera."""
        return sum(self.decided.values(), Counter())

    def note(self, command: c.Command, now_s: float) -> None:
        """Count one command."""
        match command:
            case c.Admitted():
                self._admit(command, now_s)
            case c.Dropped(incident_id, reason):
                self.dropped[reason] += 1
                self._stop_waiting(incident_id)
            case c.SecondAsked(incident_id):
                self._samples.discard(incident_id)
                self._wait(incident_id, now_s)
            case c.Closed(incident_id) | c.Deferred(incident_id):
                self._stop_waiting(incident_id)
            case c.Leased():
                self._lease(command)
            case c.Shown(lease_id):
                self._show(lease_id, now_s)
            case c.Returned(lease_id, why):
                self._return(lease_id, why, now_s)
            case _:
                self._count(command)

    def _admit(self, admitted: c.Admitted, now_s: float) -> None:
        self._camera_of[admitted.incident_id] = admitted.frame.camera
        if admitted.is_ordinary:
            self._samples.add(admitted.incident_id)
        self._wait(admitted.incident_id, now_s)

    def _count(self, command: c.Command) -> None:
        match command:
            case c.Settled(incident_id):
                self._samples.add(incident_id)
            case c.Refused(_, _, reason):
                self.dropped[reason] += 1
            case c.Judged(lease_id):
                self.judged[lease_id] += 1
                incident_id, turn, _ = self._leases[lease_id]
                self.decided[turn][self._camera_of[incident_id]] += 1
            case c.Referred(_, why):
                self.referred[why] += 1
            case _:
                pass

    def resume(self, pool: Pool, now_s: float) -> None:
        """Read a restored pool: facts may have been kept that were not told. Waits count anew."""
        records = pool.records
        for incident in records.incidents.values():
            self._camera_of[incident.incident_id] = incident.camera
            self._seen_by[incident.incident_id] = set(incident.seen_by)
            if not incident.is_work:
                self._samples.add(incident.incident_id)
        for lease in records.leases.values():
            self._leases[lease.lease_id] = (lease.incident_id, lease.turn, lease.spotter)
        for lease_id, ended in records.ended.items():
            if ended.verdict is not None and not self.judged[lease_id]:
                self.judged[lease_id] = 1
        self._waiting = defaultdict(set, {k: set(v) for k, v in pool.index.waiting.items()})
        self._waits = {camera: Wait(now_s) for camera in pool.index.waiting}

    def _wait(self, incident_id: str, now_s: float) -> None:
        camera = self._camera_of[incident_id]
        self._waiting[camera].add(incident_id)
        self._waits.setdefault(camera, Wait(now_s))

    def _stop_waiting(self, incident_id: str) -> None:
        camera = self._camera_of[incident_id]
        self._waiting[camera].discard(incident_id)
        if not self._waiting[camera]:
            self._waits.pop(camera, None)

    def _lease(self, leased: c.Leased) -> None:
        self._leases[leased.lease_id] = (leased.incident_id, leased.turn, leased.spotter)
        self.leased[leased.turn] += 1
        camera = self._camera_of[leased.incident_id]
        self._waiting[camera].discard(leased.incident_id)
        if leased.turn == "rotation":
            self._count_turn(leased, camera)
            if camera in self._waits:
                self._waits[camera].has_turn = True

    def _count_turn(self, leased: c.Leased, camera: str) -> None:
        for other in self._waits.keys() - {camera}:
            wait, waiting = self._waits[other], self._waiting[other]
            if not wait.has_turn and any(
                leased.spotter not in self._seen_by[incident]
                and (leased.is_sample or incident not in self._samples)
                for incident in waiting
            ):
                wait.turns.append(leased.lease_id)

    def _show(self, lease_id: str, now_s: float) -> None:
        incident_id, _, spotter = self._leases[lease_id]
        self._seen_by[incident_id].add(spotter)
        camera = self._camera_of[incident_id]
        wait = self._waits.pop(camera, None)
        if wait is not None:
            self.waits_s[camera].append(now_s - wait.since_s)
            self._done.append((camera, wait))
        if self._waiting[camera]:
            self._waits[camera] = Wait(now_s)

    def _return(self, lease_id: str, why: c.Return, now_s: float) -> None:
        self.returned[why] += 1
        self._given_back.add(lease_id)
        incident_id, turn, _ = self._leases[lease_id]
        self._wait(incident_id, now_s)
        if turn == "rotation":
            # It had its turn and lost it with who left: the wait for the next one begins.
            wait = self._waits[self._camera_of[incident_id]]
            wait.turns.clear()
            wait.has_turn = False

    def count_turns_waited(self) -> int:
        """Check the theorem for every wait; give the most rotation turns that anyone waited."""
        most = 0
        for camera, wait in self._done:
            turns = len(wait.turns)
            returned = sum(lease_id in self._given_back for lease_id in wait.turns)
            bound = bound_rotation_turns(len(self.frames), returned)
            demand(turns <= bound, f"{camera} waited {turns} rotation turns, bound {bound}")
            most = max(most, turns)
        return most
