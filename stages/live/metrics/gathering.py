"""Who was heard when, and what they said. Pure.

Facts come from every stage and from the supervisor. One that has not come for MISSING_S is missing:
its last figures are not shown as if they were true now, and never as zero.
"""

import attrs

from seda.decisions import WaitingFact
from seda.disk.room import REFUSED
from seda.messages import ProcessFigures, ScoredFacts, StageFigures, SupervisorFigures
from stages.live.cameras.cameras import Cameras
from stages.live.disks import Disks
from stages.live.metrics.watch import WatchFigures

MISSING_S = 3.0
"""Figures come every second; two may be late."""
STAGES_KEPT = 256
"""More than any pipeline has: a sender that invents names cannot fill the memory."""
CAMERAS_KEPT = 4096
RESTARTS = 3
RESTARTS_WITHIN_S = 30.0
"""So many restarts of a controller within this are no accident."""


@attrs.frozen
class Heard:
    """What one stage said, and when that came here."""

    figures: StageFigures
    at_s: float


@attrs.frozen
class HeardScore:
    """A camera's newest score, and when what it is about came from the camera."""

    facts: ScoredFacts
    at_s: float


@attrs.frozen
class Restarts:
    """How often a controller was replaced, and when it was seen to have been of late."""

    count: int
    times_s: tuple[float, ...] = ()

    def followed_by(self, count: int, now_s: float) -> "Restarts":
        """Return what is known when the supervisor has counted so many."""
        fresh = (now_s,) * min(max(count - self.count, 0), RESTARTS)
        return Restarts(count, (*self.times_s, *fresh)[-RESTARTS:])


class Gathering:
    """The newest facts."""

    def __init__(self, disks: Disks | None = None) -> None:
        self.disks = disks or Disks()
        self.stages: dict[str, Heard] = {}
        self.scores: dict[str, HeardScore] = {}
        self.waiting: dict[str, WaitingFact] = {}
        self.watch = WatchFigures()
        self.detector = ""
        """On what the detector ran when it judged last, and why there."""
        self.supervisor: SupervisorFigures | None = None
        self._restarts: dict[str, Restarts] = {}
        self._supervisor_at_s = -MISSING_S
        self.cameras = Cameras()
        self.refused = 0
        """Facts of more stages or cameras than are kept."""

    def take_stage(self, figures: StageFigures, now_s: float) -> None:
        """Take in a controller's figures."""
        heard = self.stages.get(figures.stage)
        if heard is None and len(self.stages) >= STAGES_KEPT:
            self.refused += 1
            return
        if heard is not None and heard.figures.at_s > figures.at_s:
            figures = heard.figures  # older ones that came late would count backwards
        self.stages[figures.stage] = Heard(figures, now_s)
        self.disks.note_refusals(figures.stage, figures.counts.get(REFUSED, 0.0), now_s)
        self.cameras.note_set_aside(figures.stage, figures.set_aside, now_s)

    def take_score(self, facts: ScoredFacts, at_s: float) -> None:
        """Take in what the detector said of a camera last; one that came late says nothing."""
        heard = self.scores.get(facts.camera)
        self.detector = facts.device
        if heard is None and len(self.scores) >= CAMERAS_KEPT:
            self.refused += 1
        elif heard is None or _when(facts) >= _when(heard.facts):
            self.scores[facts.camera] = HeardScore(facts, at_s)

    def take_waiting(self, fact: WaitingFact) -> bool:
        """Take in what of a camera waits for a person; tell whether it is kept."""
        if fact.camera not in self.waiting and len(self.waiting) >= CAMERAS_KEPT:
            self.refused += 1
            return False
        self.waiting[fact.camera] = fact
        return True

    def take_supervisor(self, figures: SupervisorFigures, now_s: float) -> None:
        """Take in the supervisor's figures."""
        self.supervisor = figures
        self._supervisor_at_s = now_s
        for process in figures.processes:
            known = self._restarts.get(process.name, Restarts(process.restarts))
            self._restarts[process.name] = known.followed_by(process.restarts, now_s)

    def keeps_restarting(self, stage: str, now_s: float) -> bool:
        """Return whether a stage's controller was replaced so often that a person has to look."""
        times = self._restarts[stage].times_s if stage in self._restarts else ()
        return len(times) >= RESTARTS and now_s - times[-RESTARTS] < RESTARTS_WITHIN_S

    def present_supervisor(self, now_s: float) -> SupervisorFigures | None:
        """Return the supervisor's figures unless it is missing."""
        return self.supervisor if now_s - self._supervisor_at_s < MISSING_S else None

    def present(self, stage: str, now_s: float) -> StageFigures | None:
        """Return what a stage says, unless it is missing."""
        heard = self.stages.get(stage)
        return heard.figures if heard and now_s - heard.at_s < MISSING_S else None

    def is_in_trouble(self, stage: str, now_s: float) -> bool:
        """Return whether a stage that was heard of does not serve now."""
        figures = self.present(stage, now_s)
        return stage in self.stages and (figures is None or figures.state == "gave_up")

    def names(self) -> list[str]:
        """Return every stage: those that the supervisor runs, and whoever else was heard."""
        processes = self.supervisor.processes if self.supervisor else ()
        run = (process.name for process in processes if process.role == "controller")
        return list(dict.fromkeys([*run, *self.stages]))

    def programs(self) -> list[ProcessFigures]:
        """Return what the supervisor said last of the programs beside the controllers."""
        processes = self.supervisor.processes if self.supervisor else ()
        return [process for process in processes if process.role == "program"]

    def process(self, stage: str) -> ProcessFigures | None:
        """Return what the supervisor said last of a stage's controller."""
        for process in self.supervisor.processes if self.supervisor else ():
            if process.name == stage:
                return process
        return None


def _when(facts: ScoredFacts) -> tuple[int, int]:
    return facts.epoch, facts.sequence
