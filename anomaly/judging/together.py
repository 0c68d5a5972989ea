"""What all kinds of movement say together, over a whole chunk. Pure.

Each account looks for the one picture in which its kind of evidence is strongest. Something may be
a little odd in several ways, and all the time, without being the oddest in any: somebody hurries
across a yard where few walk. So the evidence of movement is also averaged over the pictures of the
chunk and added, and has a history of its own. It raises the threat of what the accounts found, and
never into the top band: that one kind of evidence has to reach alone.
"""

import attrs
import numpy as np

from anomaly.bands import band_of, border_of
from anomaly.judging.accounts import Judged
from anomaly.judging.findings import Streams
from anomaly.judging.movement import find_peaks
from anomaly.memory import CameraMemory
from anomaly.tracks import STATE_KINDS
from anomaly.usual.calibration import Bands, note_score, threat_of
from anomaly.usual.streams import tails_of
from seda.messages import Band

_RARE_STATES = 2.0  # rarities of ways and of speeds are counted on the safe side
_TAILS = ("moving", "motion")
_TRUSTED_AFTER_S = 600.0  # of footage: until then nearly everything is a little new
_RAISED = ("moving", "place")
_MOST = border_of(Band.ALARMING) - 0.01


def weigh_together(streams: Streams, memory: CameraMemory) -> float:
    """Return the mean of the chunk's pictures, in nats."""
    rare = _RARE_STATES * streams.tracked[:, STATE_KINDS].sum(1)
    peaks = find_peaks(streams)
    tails = sum(tails_of(memory.streams[name], peaks[name]) for name in _TAILS)
    return float(np.mean(rare + tails))


def raise_together(
    judged: list[Judged], nats: float, memory: CameraMemory, bands: Bands
) -> list[Judged]:
    """Raise the more threatening of the accounts of movement to the threat of all together."""
    if memory.together.seen_s < _TRUSTED_AFTER_S:
        return judged
    threat = min(threat_of(memory.together, nats, bands), _MOST)
    first = next(one for one in judged if one.stream in _RAISED)
    if threat <= first.threat:
        return judged
    threats = np.maximum(first.threats, np.float32(threat))
    raised = attrs.evolve(first, threat=threat, threats=threats)
    others = [one for one in judged if one is not first]
    return sorted([raised, *others], key=lambda one: -one.threat)


def note_together(nats: float, threat: float, memory: CameraMemory, duration_s: float) -> None:
    """Take a chunk into the history, with the threat that it was given in the end."""
    is_high = band_of(threat) is not Band.ORDINARY
    note_score(memory.together, nats, duration_s, is_high=is_high)
