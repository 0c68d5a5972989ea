"""All that `live` knows, and what each fact changes in it. It touches no clock and no file.

What facts and time make of cameras and stages is looked at twice a second for all together
(`look`), which bounds how often a tile changes however often it is spoken of.
"""

from collections.abc import Callable

import msgspec

from conf.schema import Settings
from runtime.latency import count_latency
from seda.decisions import Incident, SignedOut, Unheld, WaitingFact
from seda.messages import CameraFact, ScoredFacts
from seda.requests import Ask
from spotter_web.views import Alarm, Trouble
from stages.live.camera_news import CameraNews
from stages.live.cameras.cameras import Change
from stages.live.change_log import ChangeLog, event
from stages.live.disks import Disks
from stages.live.fault_finder import QUIET_S, FaultFinder
from stages.live.incidents import Incidents
from stages.live.metrics.gathering import Gathering
from stages.live.metrics.watch import WatchFigures
from stages.live.notebook import Notes
from stages.live.now import Now
from stages.live.open_alarms import OVER, OpenAlarms
from stages.live.overview import troubles
from stages.live.pending_events import PendingEvents
from stages.live.replies import Known, Reply, reply
from stages.live.streams.event_streams import Limits, Streams
from stages.live.tiles import Tiles
from stages.live.watch.attendance import Attendance
from stages.live.watch.presence import page_key
from stages.live.watch.stream_presence import StreamPresence

STREAMS_SHARE = 0.5
"""Of all connections; the others are for frames and verdicts."""


class LiveState:
    """One process's state of the stage; there is exactly one such process."""

    def __init__(self, settings: Settings, notes: Notes, now: Callable[[], Now]) -> None:
        began = now()
        epoch = f"{began.wall_s * 1000:.0f}"
        self._now = now
        self._began_s = began.monotonic_s
        self._fault_finder = FaultFinder(
            Gathering(Disks(settings.disk_floor_bytes)),
            {camera.name: camera for camera in settings.camera},
            began.monotonic_s,
        )
        self.gathering = self._fault_finder.gathering
        self._run = notes.run
        known = {
            name: it for name, it in notes.cameras.items() if name in self._fault_finder.cameras
        }
        self.gathering.cameras.recall(known, began)
        self._tiles = Tiles(self._fault_finder, began)
        self._alarms = OpenAlarms()
        self._change_log = ChangeLog()
        self._incidents = Incidents(notes.open)
        self._attendance = Attendance(
            settings.watch.nobody_s, began, is_in_service=notes.is_in_service
        )
        self.gone, self.said = PendingEvents("gone", epoch), PendingEvents("incident", epoch)
        self.camera_states = PendingEvents("camera_state", epoch)
        self._camera_news = CameraNews()
        for incident in notes.unsaid:
            self._say(incident)
        self.stream_presence = StreamPresence(self._attendance, self._change_log, self.gone, now)
        limits = Limits(int(settings.web.connections_max * STREAMS_SHARE), settings.web.hsts_s)
        self.streams = Streams(self._change_log, self.stream_presence, now, limits)
        self._known = Known(self.gathering, lambda: self._tiles.all, self._attendance.view)
        self._wrong: dict[str, str] = {}

    def notes(self) -> Notes:
        """Return what has to be known again after a restart."""
        return Notes(
            self._incidents.open,
            self.said.waiting(Incident),
            is_in_service=self._attendance.is_in_service,
            run=self._run,
            cameras=self.gathering.cameras.notes(self._now()),
        )

    def reply(self, ask: Ask) -> Reply:
        """Answer an ask, except one for events."""
        return reply(ask, self._known, self._now())

    def take_camera(self, fact: CameraFact, born_s: float = 0.0) -> list[Change]:
        """Take in what one stage knows of a camera, of what came from it at `born_s`."""
        self._tiles.note(fact)
        now_s = self._now().monotonic_s
        return self.gathering.cameras.note(fact, now_s, _arrival_s(born_s, now_s))

    def take_score(
        self, facts: ScoredFacts, count: Callable[[str, float], None], born_s: float = 0.0
    ) -> None:
        """Take in what the detector said of what came from a camera at `born_s`."""
        now = self._now()
        self.gathering.take_score(facts, _arrival_s(born_s, now.monotonic_s))
        count_latency(count, "scored", now.wall_s - facts.captured_s)

    def take_waiting(self, fact: WaitingFact) -> None:
        """Take in what of a camera waits for a person."""
        if self.gathering.take_waiting(fact):
            self._change_log.put_waiting(fact.camera, fact.frames, fact.joined)
            self.streams.wake()

    def take_alarm(self, alarm: Alarm) -> None:
        """Take in an alarm as it stands."""
        if self._alarms.note(alarm):
            content = event("alarm", msgspec.json.encode(alarm))
            is_over = alarm.state in OVER
            self._change_log.put(f"alarm/{alarm.alarm_id}", content, alarm.camera, is_over=is_over)
            self.streams.wake()

    def take_unheld(self, fact: Unheld) -> None:
        """Tell a page that it has a lease no more."""
        page = page_key(fact.session, fact.page)
        self.streams.tell(page, event("unheld", msgspec.json.encode(fact.lease_id)))

    def take_signed_out(self, fact: SignedOut) -> None:
        """End what a session listens to."""
        self.stream_presence.sign_out(fact.person, fact.session)
        self.streams.sign_out(fact.person, fact.session)

    def look(self) -> list[Change]:
        """Let time pass; return the cameras' changes."""
        now = self._now()
        for ended in self.streams.find_expired(now.wall_s):
            self.take_signed_out(ended)
        changes = self.gathering.cameras.tick(now.monotonic_s)
        views = self.gathering.cameras.views(now.monotonic_s)
        for tile in self._tiles.renew(views, self._alarms.states(), now):
            content = event("tile", msgspec.json.encode(tile))
            self._change_log.put(f"tile/{tile.camera}", content, tile.camera)
        for fact in self._camera_news.look(self._tiles.all, now):
            self.camera_states.give(fact.camera, fact, key=fact.camera)
        findings = {**self._fault_finder.findings(views, now), **self._attendance.findings()}
        for incident in self._incidents.look(findings, now):
            self._say(incident)
        self._show_troubles(now)
        self.gathering.watch = self._watch_figures()
        self.streams.wake()
        return changes

    def _say(self, incident: Incident) -> None:
        # The end of an incident must not overtake, nor replace, its beginning.
        name = f"{incident.root}/over" if incident.is_over else incident.root
        self.said.give(name, incident, key=incident.camera or incident.cause)

    def _show_troubles(self, now: Now) -> None:
        if now.monotonic_s - self._began_s < QUIET_S:
            return
        wrong = troubles(self.gathering, now.monotonic_s)
        for name in self._wrong.keys() | wrong.keys():
            why = wrong.get(name, "")
            content = event("trouble", msgspec.json.encode(Trouble(name, why)))
            self._change_log.put(
                f"trouble/{name}", content, is_for_supervisors=True, is_over=not why
            )
        self._wrong = wrong

    def _watch_figures(self) -> WatchFigures:
        open_alarms = {state: self._alarms.count(state) for state in ("raised", "acknowledged")}
        return WatchFigures(len(self.streams), len(self._attendance.people), open_alarms)


def _arrival_s(born_s: float, now_s: float) -> float:
    """Return when something came from its camera: now, where it does not say."""
    return min(born_s, now_s) if born_s > 0 else now_s
