"""A shift of several people: which frames they decide, and what their verdicts teach.  Pure.

Asked about is every frame of the second band and higher; what goes on after a verdict is not asked
about again. While there is nothing to ask about, any frame is shown in turn.
Everybody decides by the truth. A camera takes so many lessons an hour, so verdicts on it are given
that far apart: a shift on a film of minutes stands for one of hours.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import Literal

import attrs
import numpy as np

from anomaly.usual.lessons import MOST_AN_HOUR, Lessons, teach_lesson
from scripts.bench.seeing.watching import START_S, Judged
from scripts.bench.seeing.weather import SAME_EVENT_S
from seda.messages import Band, Lesson, Mark

ASKED = Band.NOTICEABLE
"""The lowest band that is asked about. The shipped policy makes work of the third band and higher;
the second one has more false alarms, so that what verdicts gain is told from more of them."""
APART_S = 3600 / MOST_AN_HOUR
PEOPLE = 3
"""Who share a shift's verdicts."""


@attrs.frozen
class Verdict:
    """What somebody decides about a frame."""

    word: Literal["clear", "suspicious"]
    mark: Mark


@attrs.frozen
class Shift:
    """Verdicts in the order in which they are given; the first ones were asked for."""

    verdicts: tuple[Verdict, ...]
    asked: int


def plan_shift(
    ordinary: Sequence[Judged], incidents: Iterable[Sequence[Judged]], rng: np.random.Generator
) -> Shift:
    """Decide what is asked about ordinary footage and about each incident, then any other frame."""
    about = [one for chunks in incidents for one in ask(chunks)[:1]]
    asked = [
        *(Verdict("clear", one.mark) for one in ask(ordinary)),
        *(Verdict("suspicious", one.mark) for one in about),
    ]
    turns = [Verdict("clear", one.mark) for one in ordinary if not one.is_at_least(ASKED)]
    return Shift((*_shuffled(asked, rng), *_shuffled(turns, rng)), len(asked))


def ask(chunks: Sequence[Judged], band: Band = ASKED) -> list[Judged]:
    """Return the frames that people are asked about: the first of each run of them."""
    loud = [one for one in chunks if one.is_at_least(band)]
    begins = [True, *(b.start_s - a.end_s > SAME_EVENT_S for a, b in itertools.pairwise(loud))]
    return list(itertools.compress(loud, begins))


def teach(lessons: Lessons, verdicts: Iterable[Verdict], people: int = PEOPLE) -> None:
    """Teach a camera what so many people decide in turn; none of it may be refused."""
    for number, verdict in enumerate(verdicts):
        at_s, person = START_S + APART_S * number, f"person-{number % people}"
        lesson = Lesson(f"verdict-{number}", verdict.word, person, at_s, verdict.mark)
        if refusal := teach_lesson(lessons, lesson):
            raise RuntimeError(f"verdict {number} of {person} taught nothing: {refusal}")


def clear_again_and_again(chunks: Sequence[Judged], times: int) -> list[Verdict]:
    """Clear the same frames, one after the other, until so many verdicts are given."""
    return [Verdict("clear", one.mark) for one in itertools.islice(itertools.cycle(chunks), times)]


def _shuffled(verdicts: Sequence[Verdict], rng: np.random.Generator) -> list[Verdict]:
    return [verdicts[place] for place in rng.permutation(len(verdicts)).tolist()]
