"""What can be said in words of one track, beside what is usual on its camera.  Pure."""

import attrs
import numpy as np

from anomaly.tracks.measures import corners
from anomaly.tracks.mixture import Mixture
from anomaly.tracks.perspective import expected_height
from anomaly.tracks.places import region_of, usual_stay_s
from anomaly.tracks.table import FOOT, X
from anomaly.tracks.watching import Sightings, TrackState

_MOVES = 0.15  # heights a second: components slower than that stand


@attrs.frozen
class Fact:
    """One track in one picture."""

    number: int
    corners_px: tuple[float, float, float, float]  # left, top, right, bottom; small picture
    speed: float | None  # heights a second; None where it is not known
    usual_speed: float  # of what moves here
    towards: tuple[float, float] | None  # to the right and down, heights a second
    dwell_s: float  # within one and a half heights
    usual_dwell_s: float  # nine in ten stay there no longer
    taller: float  # height over what is usual so far up or down the picture
    shrinks: float | None  # height over that of about a second ago
    tall: float  # height over width
    usual_tall: float  # of what moves here
    kinds: tuple[float, ...]  # weight of each of `THING_NAMES`, smoothed over the track


def describe(state: TrackState, sightings: Sightings, row: int) -> Fact:
    """Return the facts of one row of a chunk's sightings."""
    seen, memory = sightings.seen, state.memory
    box = seen.box[row : row + 1]
    right, feet, head = seen.motion[row].tolist()
    moves, changes = bool(seen.moves[row]), bool(seen.changes[row])
    usual_px = float(expected_height(memory.perspective, box[:, FOOT])[0])
    region = int(region_of(memory.places, box[:, X], box[:, FOOT])[0])
    down = (feet + head) / 2
    left, top, far, bottom = corners(box)[0].tolist()
    return Fact(
        int(seen.number[row]), (left, top, far, bottom),
        float(np.hypot(right, down)) if moves else None, usual_speed(memory.motion),
        (right, down) if moves else None,
        float(seen.dwell_s[row]), usual_stay_s(memory.places, region),
        float(seen.height_px[row]) / usual_px if usual_px > 0 else 1.0,
        float(np.exp(seen.change[row, 0])) if changes else None,
        float(np.exp(seen.outline[row])), usual_outline(memory.posture),
        tuple(seen.kinds[row].tolist()),
    )  # fmt: skip


def usual_speed(motion: Mixture) -> float:
    """Return the mean speed of the components that move, in heights a second."""
    means = motion.first / np.maximum(motion.mass, 1e-9)[:, None]
    speeds = np.hypot(means[:, 0], (means[:, 1] + means[:, 2]) / 2)
    moving = speeds > _MOVES
    if not moving.any():
        return 0.0
    return float(np.average(speeds[moving], weights=np.maximum(motion.mass[moving], 1e-9)))


def usual_outline(posture: Mixture) -> float:
    """Return the mean height over width of what moves."""
    means = posture.first[:, 0] / np.maximum(posture.mass, 1e-9)
    return float(np.exp(np.average(means, weights=np.maximum(posture.mass, 1e-9))))
