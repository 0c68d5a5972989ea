"""What the detector said last of every camera, and how long ago. Pure."""

from seda.overview import ScoreView
from stages.live.metrics.gathering import Gathering, HeardScore


def scores(gathering: Gathering, now_s: float) -> tuple[ScoreView, ...]:
    """Return every camera's score, in the order of the names."""
    return tuple(_view(heard, now_s) for _, heard in sorted(gathering.scores.items()))


def _view(heard: HeardScore, now_s: float) -> ScoreView:
    facts = heard.facts
    return ScoreView(
        camera=facts.camera,
        heard_s=now_s - heard.at_s,
        captured_s=facts.captured_s,
        threat=facts.threat,
        band=facts.band,
        is_learning=facts.is_learning,
        words=facts.words,
        problems=facts.problems,
    )
