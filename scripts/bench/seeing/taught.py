"""One camera of the bench's row `verdicts`: taught by a shift, or by one hostile person.

The camera watches the first half of its film and meets the incidents that teach. Copies of it are
taught and measured by the second half and by the incidents after it, which nobody decided on.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs
import numpy as np

from anomaly.features import MotionGraph
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.shift import (
    PEOPLE,
    Shift,
    Verdict,
    clear_again_and_again,
    plan_shift,
    teach,
)
from scripts.bench.seeing.staged import LATE_S, RATE_PER_S, Outcome, show
from scripts.bench.seeing.watching import Judged, Watcher
from scripts.demo.renderer.scene import Kind
from testing.films.rendered import Film, StagedFilm, Studio

HOSTILE_TIMES = 500
Seen = tuple[Kind, Sequence[Judged]]
"""What was said of an incident that teaches."""
Shown = tuple[StagedFilm, Outcome]
"""An incident that measures, and what the untaught camera said of it."""


@attrs.frozen(eq=False)
class Footage:
    """What one camera is taught with and measured by."""

    early: Film
    late: Film
    to_teach: tuple[StagedFilm, ...]
    to_measure: tuple[StagedFilm, ...]


@attrs.frozen
class Measured:
    """What a camera said of footage that nobody decided on."""

    ordinary: tuple[Judged, ...]
    outcomes: tuple[Outcome, ...]


@attrs.frozen
class Pair:
    """One incident, shown before and after a person cleared what is like it."""

    before: Outcome
    after: Outcome


@attrs.frozen
class Taught:
    """One camera's shift and what came of it."""

    late_s: float
    shift: Shift
    by_count: Mapping[int, Measured]
    """By the number of verdicts, none among them."""
    kind_cleared: tuple[Pair, ...]
    all_cleared: tuple[Pair, ...]


def film_scene(studio: Studio, options: Options, incidents: Iterable[tuple[Kind, int]]) -> Footage:
    """Get a scene's films; incidents of odd numbers follow the first half, the others the end."""
    length_s = 60 * options.minutes
    film = studio.ordinary(options.seed, length_s, RATE_PER_S)
    small, is_early = film.small(), film.at_s < length_s / 2
    to_measure: list[StagedFilm] = []
    to_teach: list[StagedFilm] = []
    for kind, number in incidents:
        after_s, some = (length_s / 2, to_teach) if number % 2 else (length_s, to_measure)
        some.append(studio.staged(options.seed, after_s, RATE_PER_S, kind, number))
    early, late = (Film(small[part], film.at_s[part]) for part in (is_early, ~is_early))
    return Footage(early, late, tuple(to_teach), tuple(to_measure))


def work_shift(
    footage: Footage, counts: Sequence[int], graph: MotionGraph, rng: np.random.Generator
) -> Taught:
    """Let a shift decide what a camera says, and measure copies of it that were taught."""
    camera = Watcher(graph)
    early = camera.watch(footage.early)
    seen = [(staged.kind, _about(staged, camera.copied())) for staged in footage.to_teach]
    shift = plan_shift(early, [chunks for _, chunks in seen], rng)
    by_count = {n: _measure(_taught(camera, shift.verdicts[:n]), footage) for n in counts}
    by_count[0] = _measure(camera, footage)  # last, because the camera itself goes on
    shown = list(zip(footage.to_measure, by_count[0].outcomes, strict=True))
    return Taught(
        len(footage.late.at_s) / RATE_PER_S, shift, by_count,
        tuple(_hide_kinds(camera, shown, seen)), tuple(_hide_all(camera, shown, seen, early, rng)),
    )  # fmt: skip


def _about(staged: StagedFilm, camera: Watcher) -> list[Judged]:
    """Show an incident and give what is said while it is to be seen."""
    chunks = camera.watch(staged.film)
    return [one for one in chunks if staged.start_s <= one.chosen_s <= staged.end_s + LATE_S]


def _taught(camera: Watcher, verdicts: Iterable[Verdict], people: int = PEOPLE) -> Watcher:
    pupil = camera.copied()
    teach(pupil.memory.lessons, verdicts, people)
    return pupil


def _measure(camera: Watcher, footage: Footage) -> Measured:
    """Let a camera watch the second half, then show each incident to a copy."""
    ordinary = camera.watch(footage.late)
    outcomes = [show(staged, camera.copied()) for staged in footage.to_measure]
    return Measured(tuple(ordinary), tuple(outcomes))


def _hide_kinds(camera: Watcher, shown: Sequence[Shown], seen: Sequence[Seen]) -> Iterator[Pair]:
    """Clear the frames of one kind of incident and show that kind, kind by kind."""
    for kind in dict.fromkeys(kind for kind, _ in seen):
        frames = [one for known, chunks in seen if known == kind for one in chunks]
        blinded = _taught(camera, clear_again_and_again(frames, HOSTILE_TIMES), people=1)
        yield from _pairs(blinded, [it for it in shown if it[0].kind == kind])


def _hide_all(
    camera: Watcher,
    shown: Sequence[Shown],
    seen: Sequence[Seen],
    ordinary: Sequence[Judged],
    rng: np.random.Generator,
) -> Iterator[Pair]:
    """Clear everything that there is and show every incident."""
    frames = [*ordinary, *itertools.chain.from_iterable(chunks for _, chunks in seen)]
    mixed = [frames[place] for place in rng.permutation(len(frames)).tolist()]
    blinded = _taught(camera, clear_again_and_again(mixed, HOSTILE_TIMES), people=1)
    yield from _pairs(blinded, shown)


def _pairs(camera: Watcher, shown: Sequence[Shown]) -> Iterator[Pair]:
    for staged, before in shown:
        yield Pair(before, show(staged, camera.copied()))
