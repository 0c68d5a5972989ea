"""What the scripted server knows: frames, leases, verdicts, alarms, people. No HTTP here.

It keeps the words and rules that the pages rely on: what was lost is sent again, a page holds two
at most, the same verdict twice is one, a page that leaves gives back what it has.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Literal

import attrs
import msgspec

from seda.decisions import VerdictWord
from seda.overview import CameraState
from seda.requests import Role
from spotter_web import views
from stages.live.watch.presence import GRACE_S
from testing.console.pictures import Case

PASSWORD = "correct horse battery"  # noqa: S105  # of nobody
LINK = "one-time"
HELD_MOST = 2
RANKS = {"alarming": 0, "unusual": 2, "noticeable": 6, "ordinary": 8}
STEP_S = 0.05
"""How soon a client that hung up is noticed."""


@attrs.define
class Held:
    """A lease as the server has it."""

    lease_id: str
    case: Case
    page: str
    captured_s: float


@attrs.define
class Limits:
    """What a session is told."""

    lease_s: float = 60.0
    undo_s: float = 30.0
    age_limit_s: float = 120.0
    rest_after_s: float = 1800.0
    on_watch_s: float = 600.0


@attrs.frozen
class Condition:
    """How a camera is, as its frames say it."""

    state: CameraState
    why: str
    scene_age_s: float


@attrs.define
class Said:
    """What frames and tiles say besides, where a test is about it."""

    review: int = 0
    """Frames of each camera that wait in review."""
    kind: Literal["work", "sample", "review"] = "work"
    """What frames are asked about for."""
    conditions: dict[str, Condition] = attrs.Factory(dict)
    """Of cameras whose frames say that they are not live."""


class Site:
    """Everything behind the routes; `news` is where whoever waits is told."""

    def __init__(self, cases: tuple[Case, ...], *, is_endless: bool = True) -> None:
        self.news = threading.Condition()
        self.cases = cases
        self.is_endless = is_endless
        self.left = len(cases)
        """How many frames there are to decide, where they end."""
        self.limits = Limits()
        self.sessions: dict[str, str] = {"signed-in": "anna"}
        self.roles: dict[str, Role] = {"anna": "admin", "ben": "spotter"}
        self.leases: dict[str, Held] = {}
        self.all: dict[str, Held] = {}
        self.verdicts: dict[tuple[str, int], tuple[VerdictWord, str]] = {}
        self.standing: dict[str, VerdictWord] = {}
        self.sent: list[tuple[str, str]] = []
        """Every verdict as it was received, repeats too."""
        self.alarms: dict[int, views.Alarm] = {}
        self.notes: list[views.NoteView] = []
        self.history: list[views.HistoryEntry] = []
        self.test_frames: list[views.TestFrame] = []
        self.tokens: list[views.Token] = []
        self.is_tested = True
        """Whether anybody decided a test frame."""
        self.users: dict[str, views.User] = {
            name: views.User(name, role, None, time.time() - 86_400 * 20)
            for name, role in self.roles.items()
        }
        self.states: dict[str, CameraState] = {}
        self.said = Said()
        self.streams: dict[str, SimpleQueue[tuple[str, object]]] = {}
        self.watching: dict[str, frozenset[str]] = {}
        """The pages that watch, by their stream."""
        self.gone: list[str] = []
        self.asking: list[str] = []
        """The pages whose requests for a frame wait."""
        self.requests: list[tuple[str, str]] = []
        self.known: set[str] = set()
        """Lease ids whose frame is a test frame, with a target."""
        self.test_every = 0
        self.is_away = False
        self.swaps: dict[str, str] = {}
        """Page to the lease that it is to be asked for, because something worse has come."""
        self.refusals: dict[str, int] = {}
        """Route to status: what is refused, until it is taken out."""
        self.stalled: set[str] = set()
        """Routes on which nobody is answered."""
        self.late: set[str] = set()
        """Routes whose answers are made at once and sent later."""
        self.made: list[str] = []
        """Routes whose answers were made."""
        self._endings = 0
        self._count = 0
        self._alarm_count = 0

    # --- frames -----------------------------------------------------------------------------------

    def next_frame(
        self,
        page: str,
        has: set[str],
        wait_s: float,
        has_hung_up: Callable[[], bool] = lambda: False,
        yields: str = "",
    ) -> tuple[Held, str] | str | None:
        """Give the page a frame, when there is one, and which lease it replaces.

        Or the lease that it is asked to give up.
        """
        until_s, asked = time.monotonic() + wait_s, self._endings
        with self.news, self._noting(page, wait_s):
            while page not in self.gone and not has_hung_up():
                mine = [held for held in self.leases.values() if held.page == page]
                lost = next((held for held in mine if held.lease_id not in has), None)
                if lost is not None and lost.lease_id == yields:
                    del self.leases[yields]
                    return self._lease(page), yields
                if lost is not None:
                    return lost, ""
                if page in self.swaps:
                    return self.swaps.pop(page)
                if len(mine) < HELD_MOST and self._has_more():
                    return self._lease(page), ""
                if time.monotonic() >= until_s or self._endings != asked:
                    return None
                self.news.wait(min(STEP_S, until_s - time.monotonic()))
        return None

    @contextmanager
    def _noting(self, page: str, wait_s: float) -> Iterator[None]:
        """Count a request among those that wait, if it may wait."""
        names = [page] if wait_s else []
        self.asking.extend(names)
        try:
            yield
        finally:
            for name in names:
                self.asking.remove(name)

    def _has_more(self) -> bool:
        return self.is_endless or self.left > 0

    def _lease(self, page: str) -> Held:
        case = self.cases[self._count % len(self.cases)]
        self._count += 1
        self.left -= 1
        lease_id = f"1-{self._count}"
        held = Held(lease_id, case, page, time.time() - 4 - self._count % 5)
        self.leases[lease_id] = self.all[lease_id] = held
        if self.test_every and self._count % self.test_every == 0:
            self.known.add(lease_id)
        return held

    def facts(self, held: Held, instead_of: str = "") -> views.Frame:
        """Say what the header of a frame says."""
        case = held.case
        condition = self.said.conditions.get(case.camera)
        scene_s = time.time() - condition.scene_age_s if condition else held.captured_s
        return views.Frame(
            frame_id=held.lease_id,
            lease_id=held.lease_id,
            lease=f"signed {held.lease_id}",
            camera=case.camera,
            instructions=case.instructions,
            captured_s=held.captured_s,
            now_s=time.time(),
            threat=case.threat,
            band=case.band,
            is_learning=False,
            cause=case.cause,
            words=case.words,
            boxes=case.boxes,
            pictures=(),
            instead_of=instead_of,
            joined=views.Joined(len(case.joined) + 1, 40.0) if case.joined else None,
            kind=self.said.kind,
            state=condition.state if condition else "live",
            why=condition.why if condition else "",
            scene_s=scene_s,
        )

    def joined(self, held: Held) -> tuple[views.JoinedFrame, ...]:
        """Say which frames are decided with one."""
        at_s = held.captured_s
        return tuple(
            views.JoinedFrame(f"{held.lease_id}+{place}", name, at_s + place % 40, held.case.words)
            for place, name in enumerate(held.case.joined)
        )

    def leave(self, page: str) -> None:
        """Take back what a page has, and note that it left."""
        with self.news:
            self.gone.append(page)
            for lease_id in [one.lease_id for one in self.leases.values() if one.page == page]:
                del self.leases[lease_id]
                self.left += 1
            self.news.notify_all()

    def swap(self, lease_id: str) -> None:
        """Let something worse take the place of a frame that is ahead."""
        with self.news:
            self.swaps[self.leases[lease_id].page] = lease_id
            self.news.notify_all()

    def end_waits(self) -> None:
        """Answer every request that waits, with nothing."""
        with self.news:
            self._endings += 1
            self.news.notify_all()

    def more(self, count: int) -> None:
        """Let so many frames come."""
        with self.news:
            self.left = count
            self.news.notify_all()

    def take_back(self, lease_id: str) -> None:
        """End a lease, and tell its page."""
        with self.news:
            page = self.leases.pop(lease_id).page
            self.news.notify_all()
        self.tell("unheld", lease_id, page)

    # --- verdicts ---------------------------------------------------------------------------------

    def decide(
        self, lease_id: str, verdict: VerdictWord, note: str, person: str
    ) -> views.Recorded | None:
        """Record a verdict; None where another one stands."""
        with self.news:
            self.sent.append((lease_id, verdict))
            if self.standing.get(lease_id, verdict) != verdict:
                return None
            attempt = sum(1 for key in self.verdicts if key[0] == lease_id)
            if lease_id not in self.standing:
                attempt += 1
                self.verdicts[lease_id, attempt] = (verdict, note)
                self.standing[lease_id] = verdict
                self._remember(lease_id, attempt, note, person)
            self.leases.pop(lease_id, None)
            self.news.notify_all()
        return self._recorded(lease_id, attempt, verdict)

    def _remember(self, lease_id: str, attempt: int, note: str, person: str) -> None:
        held, verdict = self.all[lease_id], self.standing[lease_id]
        is_known = lease_id in self.known
        alarm_id = self._raise(held, person) if verdict == "suspicious" and not is_known else None
        entry = views.HistoryEntry(
            lease_id, attempt, lease_id, held.case.camera, person, verdict, time.time(),
            held.captured_s, held.case.threat, held.case.band, note,
            undo_until_s=time.time() + self.limits.undo_s, alarm_id=alarm_id,
            alarm_state="raised" if alarm_id else None,
            debrief=views.Debrief(True, verdict == "suspicious") if is_known else None,
            joined=len(held.case.joined),
        )  # fmt: skip
        self.history.insert(0, entry)

    def _recorded(self, lease_id: str, attempt: int, verdict: VerdictWord) -> views.Recorded:
        debrief = None
        if lease_id in self.known:
            debrief = views.Debrief(is_target=True, is_right=verdict == "suspicious")
        alarm = next((one.alarm_id for one in self.history if one.lease_id == lease_id), None)
        return views.Recorded(lease_id, attempt, time.time() + self.limits.undo_s, alarm, debrief)

    def undo(self, lease_id: str, page: str) -> views.Recorded | None:
        """Take a verdict back; None where it is too late."""
        with self.news:
            entry = next((one for one in self.history if one.lease_id == lease_id), None)
            if entry is None or lease_id not in self.standing or entry.undo_until_s < time.time():
                return None
            del self.standing[lease_id]
            place = self.history.index(entry)
            self.history[place] = attrs.evolve(entry, undone_s=time.time())
            if page:
                self.leases[lease_id] = self.all[lease_id]
        return views.Recorded(lease_id, entry.attempt, 0.0)

    # --- alarms -----------------------------------------------------------------------------------

    def _raise(self, held: Held, person: str) -> int:
        self._alarm_count += 1
        alarm = views.Alarm(
            alarm_id=self._alarm_count, root=held.lease_id, camera=held.case.camera,
            cause=held.case.cause, sentence=held.case.words, state="raised",
            raised_s=time.time(), changed_s=time.time(), raised_by=person, frame_id=held.lease_id,
            instructions=held.case.instructions,
            deliveries=(_delivered(),), joined=len(held.case.joined),
        )  # fmt: skip
        self.alarms[alarm.alarm_id] = alarm
        self.tell("alarm", alarm)
        return alarm.alarm_id

    def change_alarm(self, alarm: views.Alarm) -> None:
        """Keep an alarm as it stands now, and tell everybody."""
        self.alarms[alarm.alarm_id] = attrs.evolve(alarm, changed_s=time.time())
        self.tell("alarm", self.alarms[alarm.alarm_id])

    # --- events -----------------------------------------------------------------------------------

    def tell(self, name: str, data: object, page: str = "") -> None:
        """Put an event into every stream, or into that of one page."""
        for key, stream in list(self.streams.items()):
            if page in {"", key} or page in self.watching[key]:
                stream.put((name, data))

    def begin_stream(
        self, name: str, stream: SimpleQueue[tuple[str, object]], watching: frozenset[str]
    ) -> None:
        """Have a stream, in the place of the one before; pages that it leaves out are gone."""
        with self.news:
            left_out = self.watching.get(name, frozenset()) - watching
            self.watching[name] = watching
            self.streams[name] = stream
        for page in left_out:
            self.leave(page)

    def end_stream(self, name: str, stream: SimpleQueue[tuple[str, object]]) -> None:
        """Take in that a stream has ended; the pages of one that was replaced go on."""
        with self.news:
            if self.streams.get(name) is not stream:
                return
            del self.streams[name]
            watching = self.watching.pop(name)
        for page in watching:
            timer = threading.Timer(GRACE_S, self._leave_late, (page,))
            timer.daemon = True
            timer.start()

    def _leave_late(self, page: str) -> None:
        """Take in that a page is gone, unless another stream is its presence by now."""
        if not any(page in watching for watching in list(self.watching.values())):
            self.leave(page)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Answer nobody for as long as the block lasts."""
        self.is_away = True
        try:
            yield
        finally:
            self.is_away = False

    @contextmanager
    def stalling(self, *routes: str) -> Iterator[None]:
        """Have whoever asks these routes wait for as long as the block lasts."""
        self.stalled.update(routes)
        try:
            yield
        finally:
            with self.news:
                self.stalled.difference_update(routes)
                self.news.notify_all()

    @contextmanager
    def late_answers(self, *routes: str) -> Iterator[None]:
        """Send what these routes answer only after the block, as it was when it was asked for."""
        self.late.update(routes)
        self.made.clear()
        try:
            yield
        finally:
            with self.news:
                self.late.difference_update(routes)
                self.news.notify_all()

    def wall(self) -> views.Wall:
        """Say how every camera is, the worst first."""
        cases = {case.camera: case for case in reversed(self.cases)}
        tiles = [self._tile(case) for case in cases.values()]
        tiles.sort(key=lambda tile: (tile.rank, tile.camera))
        return views.Wall(time.time(), tuple(tiles), max(0, self.left))

    def _tile(self, case: Case) -> views.Tile:
        state = self.states.get(case.camera, "live")
        is_live = state == "live"
        return views.Tile(
            case.camera, state, time.time() - 1900, "" if is_live else "No answer for 31 seconds.",
            time.time() - (1 if is_live else 95), case.threat if is_live else None,
            case.band if is_live else None, is_learning=False, words=case.words if is_live else "",
            waiting=2 if case.threat > 0.5 and self._has_more() else 0,
            review=self.said.review, instructions=case.instructions,
            rank=RANKS[case.band] if is_live else 1,
        )  # fmt: skip


def _delivered() -> views.DeliveryView:
    return views.DeliveryView("duty phone", time.time(), 1, time.time(), None, "200")


def encode(value: object) -> bytes:
    """Give a view as the server would."""
    return msgspec.json.encode(value)
