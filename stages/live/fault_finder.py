"""What is wrong with cameras and stages now, and whether it may become an incident. Pure.

A camera that is offline because the stage that watches it is in trouble is a consequence: one
incident says what to do, a hundred would hide it. What is being worked on (maintenance) raises
nothing. At a stop, and in the first seconds, when little was heard yet, nothing begins.
"""

from collections.abc import Iterable

import attrs

from conf.schema import Camera
from seda.decisions import Incident
from seda.overview import CameraView
from stages.live.incidents import Finding
from stages.live.metrics.gathering import Gathering
from stages.live.now import Now
from stages.live.overview import stage_troubles

QUIET_S = 10.0
"""After the start: figures and facts come within a second or two."""
GAVE_UP_AFTER_S = 2.0
DISK_FULL_AFTER_S = 2.0
MISSING_AFTER_S = 15.0
"""A controller that is replaced is away for a second; a stage may be in trouble for a moment."""
_SEEING = ("camera", "transcoder")
"""Stages without which no camera shows anything."""
_SHOWING = ("live", "frozen", "dark")
_SHOWN_CHARACTERS = 400


@attrs.frozen
class FaultFinder:
    """What findings are made of."""

    gathering: Gathering
    cameras: dict[str, Camera]
    """The configured ones."""
    began_s: float
    """Monotonic time at which this process did."""

    def findings(self, views: Iterable[CameraView], now: Now) -> dict[str, Finding]:
        """Return everything that is wrong, by the incident's root without its time."""
        supervisor = self.gathering.present_supervisor(now.monotonic_s)
        is_stopping = supervisor is not None and supervisor.state == "stopping"
        can_begin = not is_stopping and now.monotonic_s - self.began_s >= QUIET_S
        wrong = stage_troubles(self.gathering, now.monotonic_s)
        found = {
            f"stage/{name}": _of_stage(name, why, now, can_begin=can_begin)
            for name, why in wrong.items()
        }
        for name, why in self.gathering.disks.full(now.monotonic_s).items():
            found[f"disk/{name}"] = _of_disk(name, why, now, can_begin=can_begin)
        can_see = can_begin and not any(name in wrong for name in _SEEING)
        for view in views:
            if view.state not in _SHOWING:
                can_raise = can_see and not self.maintenance(view.camera, now)
                found[f"offline/{view.camera}"] = _of_camera(view, now, can_begin=can_raise)
        return found

    def maintenance(self, camera: str, now: Now) -> str:
        """Return why somebody works on a camera now; empty where nobody does."""
        known = self.cameras.get(camera)
        if known is None or known.maintenance is None:
            return ""
        is_over = known.maintenance.end.timestamp() <= now.wall_s
        return "" if is_over else known.maintenance.reason


def _of_stage(name: str, why: str, now: Now, *, can_begin: bool) -> Finding:
    has_given_up = why.startswith("gave_up")
    words = why.replace("gave_up", "given up", 1)
    what = "The supervisor" if name == "supervisor" else f"Stage {name}"
    sentence = f"{what} is {words}."[:_SHOWN_CHARACTERS]
    incident = Incident(f"stage/{name}", "", "stage gave up", sentence, now.wall_s)
    is_lasting = has_given_up or why.startswith(("missing", "in trouble"))
    after_s = GAVE_UP_AFTER_S if has_given_up else MISSING_AFTER_S
    return Finding(incident, after_s, can_begin and is_lasting)


def _of_disk(name: str, why: str, now: Now, *, can_begin: bool) -> Finding:
    sentence = f"{why[:1].upper()}{why[1:]}."[:_SHOWN_CHARACTERS]
    incident = Incident(f"disk/{name}", "", "disk full", sentence, now.wall_s)
    return Finding(incident, DISK_FULL_AFTER_S, can_begin)


def _of_camera(view: CameraView, now: Now, *, can_begin: bool) -> Finding:
    """Only offline begins an incident; a camera that is stalled or connecting is not back."""
    sentence = f"Camera {view.camera} is offline. {view.why}".strip()[:_SHOWN_CHARACTERS]
    incident = Incident(
        f"offline/{view.camera}", view.camera, "camera offline", sentence, now.wall_s
    )
    return Finding(incident, 0.0, can_begin and view.state == "offline")
