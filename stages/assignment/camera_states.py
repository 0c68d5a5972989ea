"""How cameras are, as `live` told last, and what that means for a frame that is given out. Pure.

Nothing here is journalled: a restarted stage takes a camera for live until it is told otherwise,
which `live` does within seconds.
"""

import attrs

from seda.decisions import CameraStateFact
from seda.messages import ScoredFacts
from seda.overview import CameraState

WHY: dict[CameraState, str] = {
    "connecting": "The camera is not connected now: this is the last that was seen.",
    "stalled": "Its pictures come late or have stopped: this is not the present.",
    "frozen": "The camera repeats one picture: what happens there now cannot be seen.",
    "dark": "The picture is black or shows nothing: what happens there cannot be seen.",
    "offline": "The camera is away: this is the last that was seen.",
}
"""By state, what it means for who looks at a frame; a live camera needs no words."""
NOTHING = "nothing"
"""The detector's cause where it found nothing unusual."""


@attrs.frozen
class Condition:
    """A camera's state, as it concerns one frame."""

    state: CameraState
    why: str
    words: str
    """The frame's words: a picture that shows nothing is never said to be nothing unusual."""
    scene_s: float


class CameraStates:
    """The newest fact of each camera."""

    def __init__(self) -> None:
        self._facts: dict[str, CameraStateFact] = {}

    def note(self, fact: CameraStateFact) -> None:
        """Take in how a camera is."""
        self._facts[fact.camera] = fact

    def condition(self, frame: ScoredFacts) -> Condition:
        """Return what a frame's camera is like, and what that makes of the frame."""
        fact = self._facts.get(frame.camera)
        state = fact.state if fact else "live"
        why, words, scene_s = WHY.get(state, ""), frame.words, frame.captured_s
        same_since_s = fact.same_since_s if fact else None
        if same_since_s is not None and frame.captured_s >= same_since_s:
            words = why if frame.cause == NOTHING else f"{why} {words}"
            scene_s = same_since_s if state == "frozen" else scene_s
        return Condition(state, why, words, scene_s)
