"""A scored frame as a message tells of it, and its heat map as a picture. Pure."""

import io
from collections.abc import Iterator

from PIL import Image

from anomaly.types import Bytes, ScoredFrame
from seda.messages import Box, Mark, ScoredFacts

MOST_BOXES = 50
MOST_PROBLEMS = 8
MOST_CHARACTERS = 400
"""Of a text: a header has to fit a datagram, whatever a plug-in or a picture says."""


def facts_of(scored: ScoredFrame) -> ScoredFacts:
    """Return the facts of a scored frame, bounded."""
    evidence = scored.evidence
    return ScoredFacts(
        camera=scored.camera,
        epoch=scored.epoch,
        sequence=scored.sequence,
        index=scored.index,
        captured_s=scored.at_s,
        raw=float(scored.raw),
        threat=float(scored.threat),
        band=scored.band,
        is_learning=scored.is_learning,
        cause=evidence.cause.value,
        words=shorten(evidence.words),
        boxes=tuple(_box(box) for box in evidence.boxes[:MOST_BOXES]),
        mark=_mark(evidence.mark),
        problems=tuple(_problems(scored.problems)),
        breaks_rule=scored.breaks_rule,
    )


def encode_heat(heat: Bytes) -> bytes:
    """Return the heat map as a grey PNG, a pixel a cell."""
    file = io.BytesIO()
    Image.fromarray(heat).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _box(box: Box) -> Box:
    return Box(
        left=float(box.left),
        top=float(box.top),
        right=float(box.right),
        bottom=float(box.bottom),
        label=shorten(box.label),
        strength=float(box.strength),
    )


def _mark(mark: Mark) -> Mark:
    return Mark(mark.stream, float(mark.x), float(mark.y), tuple(map(int, mark.pattern)))


def _problems(problems: tuple[str, ...]) -> Iterator[str]:
    for problem in problems[:MOST_PROBLEMS]:
        yield shorten(problem)
    if len(problems) > MOST_PROBLEMS:
        yield f"and {len(problems) - MOST_PROBLEMS} more"


def shorten(text: str) -> str:
    """Return a text as long as a fact may hold it."""
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 3] + "..."
