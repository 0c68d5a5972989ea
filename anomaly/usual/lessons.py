"""What people have taught a camera: where, and what kind of thing, is clear or suspicious.  Pure.

A lesson repeats the mark that the judged frame carried and works on everything like it, less with
distance in place and in pattern.  *Clear* lowers, *suspicious* raises; an undone verdict's
lesson is taken away and leaves no trace.

Nobody can teach a camera to be blind: lessons an hour are capped, relief is capped, for one person
far more than for several who agree, and what one person alone has taught never lowers a frame out
of the top band (`judgement` asks `people_for`). In the same way one person raises only so much.
"""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.types import Floats
from anomaly.usual.patterns import BINS
from seda.messages import Lesson, Mark

MOST_LESSONS = 200
MOST_AN_HOUR = 30
MOST_RELIEF = 0.92
_RELIEF = 0.35  # of one lesson, for exactly its like
_MOST_RELIEF_OF_ONE = 0.3  # person, however many lessons, until a second one agrees
_RAISE = 0.5  # of one lesson
_MOST_RAISE_OF_ONE, _MOST_RAISE = 0.5, 1.0
_RAISE_FROM_NOTHING = 1.0  # nats for a raise of one
_REACH = 0.3  # of the picture
_REACH_BINS = (8.0, 10.0, 8.0)  # to the right, down, like a walker
_HOUR_S = 3600.0


@attrs.define
class Lessons:
    """The lessons of one camera; `given` remembers when each was given, also when undone."""

    learned: list[Lesson] = attrs.field(factory=list)
    given: list[tuple[float, str]] = attrs.field(factory=list)


@attrs.frozen
class Taught:
    """What the lessons do to every cell: a factor, and something added."""

    factor: Floats
    added: Floats


def teach_lesson(lessons: Lessons, lesson: Lesson) -> str | None:
    """Apply a lesson once; give the reason where it is refused."""
    if any(known == lesson.id for _, known in lessons.given):
        return None
    since = lesson.at_s - _HOUR_S
    lessons.given = [(at, known) for at, known in lessons.given if at > since]
    if len(lessons.given) >= MOST_AN_HOUR:
        return f"{MOST_AN_HOUR} lessons were given to this camera within the hour; try again later"
    lessons.given.append((lesson.at_s, lesson.id))
    lessons.learned = [*lessons.learned, lesson][-MOST_LESSONS:]
    return None


def undo_lesson(lessons: Lessons, lesson_id: str) -> None:
    """Take a lesson back; what is not known is already gone."""
    lessons.learned = [lesson for lesson in lessons.learned if lesson.id != lesson_id]


def apply_lessons(
    lessons: Lessons, stream: str, patterns: NDArray[np.intp] | None, cells: tuple[int, int]
) -> Taught | None:
    """Return the effect on every cell of one stream; None where nothing was taught."""
    relevant = [lesson for lesson in lessons.learned if lesson.mark.stream == stream]
    if not relevant:
        return None
    bins = None if patterns is None else np.stack(np.unravel_index(patterns, BINS), -1)
    shape = cells if patterns is None else patterns.shape
    people = sorted({lesson.person for lesson in relevant})
    each = [
        _taught_by([one for one in relevant if one.person == who], bins, cells) for who in people
    ]
    factor = _agree([np.broadcast_to(left, shape) for left, _ in each])
    raised = np.zeros(shape, np.float32)
    for _, more in each:
        raised = raised + more
    raised = np.minimum(raised, _MOST_RAISE)
    added = raised * np.float32(_RAISE_FROM_NOTHING)
    return Taught(np.asarray(factor * (1 + raised), np.float32), np.asarray(added, np.float32))


def _agree(left: list[Floats]) -> Floats:
    """Return what is left after everybody's relief: little of it counts that one alone gives."""
    product = np.asarray(np.prod(left, axis=0), np.float32)
    second = np.sort(left, axis=0)[1] if len(left) > 1 else np.ones_like(product)
    agreed = np.minimum((1 - second) / np.float32(_MOST_RELIEF_OF_ONE), 1)
    most = _MOST_RELIEF_OF_ONE + np.float32(MOST_RELIEF - _MOST_RELIEF_OF_ONE) * agreed
    return np.asarray(np.maximum(product, 1 - most), np.float32)


def _taught_by(
    lessons: Sequence[Lesson], bins: NDArray[np.intp] | None, cells: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Return what one person would leave of every cell, and by how much the person raises it."""
    left, raised = np.ones(1, np.float32), np.zeros(1, np.float32)
    for lesson in lessons:
        like = _likeness(lesson.mark, bins, cells)
        if lesson.verdict == "clear":
            left = left * (1 - np.float32(_RELIEF) * like)
        else:
            raised = raised + np.float32(_RAISE) * like
    return left, np.minimum(raised, np.float32(_MOST_RAISE_OF_ONE))


def people_for(lessons: Lessons, mark: Mark) -> int:
    """Count the people whose *clear* lessons lower what carries this mark."""
    place = np.array([mark.pattern]) if mark.pattern else None
    people = set()
    for lesson in lessons.learned:
        if lesson.verdict == "clear" and lesson.mark.stream == mark.stream:
            near = _near(lesson.mark, np.float32(mark.y), np.float32(mark.x))
            if float(near) * float(_alike(lesson.mark, place).max()) > 0.2:
                people.add(lesson.person)
    return len(people)


def _likeness(mark: Mark, bins: NDArray[np.intp] | None, cells: tuple[int, int]) -> Floats:
    y = (np.arange(cells[0], dtype=np.float32)[:, None] + np.float32(0.5)) / np.float32(cells[0])
    x = (np.arange(cells[1], dtype=np.float32)[None, :] + np.float32(0.5)) / np.float32(cells[1])
    return np.asarray(_near(mark, y, x) * _alike(mark, bins), np.float32)


def _near(mark: Mark, y: Floats | np.float32, x: Floats | np.float32) -> Floats:
    if mark.stream == "overall":
        return np.ones(1, np.float32)
    return np.asarray(np.exp(-(((y - mark.y) / _REACH) ** 2) - ((x - mark.x) / _REACH) ** 2))


def _alike(mark: Mark, bins: NDArray[np.intp] | None) -> Floats:
    if bins is None or not mark.pattern:
        return np.ones(1, np.float32)
    away = (bins - np.array(mark.pattern)) / np.array(_REACH_BINS)
    return np.asarray(np.exp(-(away**2).sum(-1)), np.float32)
