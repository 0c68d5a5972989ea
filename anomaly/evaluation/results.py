"""What an evaluation gives: plain data."""

import attrs

from anomaly.evaluation.clips import Clip
from anomaly.evaluation.figures import Curve, Truth
from anomaly.evaluation.measures import Measures
from anomaly.evaluation.replay import Replayed
from anomaly.types import Floats

FALSE_SHARE = 0.005  # of the training footage lies above the threshold


@attrs.frozen
class ClipResult:
    """One test clip."""

    clip: Clip
    replayed: Replayed
    truth: Truth  # by judged picture
    counted: Truth
    kind: str = "anomaly"

    @property
    def baseline(self) -> Floats:
        """Return the baseline's scores."""
        return self.replayed.baseline


@attrs.frozen
class Judged:
    """How well one way of scoring judges: the detector's, or the baseline's."""

    scores: list[Floats]  # by test clip
    threshold: float  # from training footage alone
    curve: Curve | None
    ms_per_frame: float
    measures: Measures
    by_kind: dict[str, Measures]


@attrs.frozen
class Evaluation:
    """All that came out."""

    folder: str
    training: int  # frames
    results: list[ClipResult]
    detector: Judged
    baseline: Judged
    facts: dict[str, object]
