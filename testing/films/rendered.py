"""Rendered films of the demo's scenes as the detector sees them, kept in a folder for the next run.

An ordinary film is written in parts, so that a run that is ended goes on where it was. An incident
continues the ordinary film of the same seed from the moment at which it ends: the same people and
vehicles are where they were, and one thing more happens. A film is a folder of `part_NN.npz` with
the JPEG files that the camera would have sent (`jpegs`, one behind the other, and where each ends:
`ends`) and `at_s` (stream time of each); an incident is one file with its time besides.
"""

import itertools
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.seeing.pictures import shrink_picture
from anomaly.types import Bytes
from scripts.demo.cameras import CAMERAS, DemoCamera
from scripts.demo.encode import encode_jpeg
from scripts.demo.files import START_WALL_S
from scripts.demo.renderer.backdrop import Backdrop
from scripts.demo.renderer.caption import Caption
from scripts.demo.renderer.compose import Camera
from scripts.demo.renderer.happenings.crowd import WARM_UP_S
from scripts.demo.renderer.happenings.incidents import Incident, seen_part
from scripts.demo.renderer.happenings.world import World
from scripts.demo.renderer.scene import PREPARED, Kind, Staging

PART_S = 60.0
LEAD_S = 4.0
"""Of ordinary footage before the first of an incident's actors enters."""
TAIL_S = 4.0
"""After the end of an incident."""
LONGEST_S = 90.0
"""Of an incident, from its start: what stays for longer has to be found by then."""
BY_NAME = {camera.name: camera for camera in CAMERAS}


@attrs.frozen(eq=False)
class Film:
    """Pictures and the stream time of each."""

    pictures: NDArray[np.generic]  # JPEG files (objects), or small grey pictures by row and column
    at_s: NDArray[np.float64]

    def small(self) -> Bytes:
        """Give the small grey pictures that the detector sees."""
        if self.pictures.ndim > 1:
            return np.asarray(self.pictures, np.uint8)
        return np.stack([shrink_picture(picture) for picture in self.pictures])

    def thinned(self, every: int) -> "Film":
        """Give every n-th picture."""
        return Film(self.pictures[::every], self.at_s[::every])


@attrs.frozen
class Roll:
    """Which ordinary film of a scene."""

    seed: int
    rate_per_s: float
    has_thing: bool = False


@attrs.frozen(eq=False)
class StagedFilm:
    """An incident's film and the truth about it."""

    scene: str
    seed: int
    number: int
    kind: Kind
    start_s: float
    end_s: float
    film: Film


def cache_folder() -> Path:
    """Give the folder that films are kept in."""
    named = os.environ.get("SEDA_FILMS")
    return Path(named) if named else Path(tempfile.gettempdir()) / "seda-films"


@attrs.define
class Studio:
    """Renders the films of one scene; the empty place is traced once."""

    scene: str
    folder: Path
    _backdrop: Backdrop | None = None

    def ordinary(
        self, seed: int, seconds: float, rate_per_s: float, *, has_thing: bool = False
    ) -> Film:
        """Give the first so many seconds of a seed's ordinary film, perhaps with a thing there."""
        parts = list(self.minutes(Roll(seed, rate_per_s, has_thing), 0, seconds))
        return Film(
            np.concatenate([one.pictures for one in parts]),
            np.concatenate([one.at_s for one in parts]),
        )

    def minutes(self, roll: Roll, start_s: float, end_s: float) -> Iterator[Film]:
        """Give a part of an ordinary film minute by minute: a day of it is too much to hold."""
        for number in range(int(start_s // PART_S), -int(-end_s // PART_S)):
            film = self._part(roll, number)
            kept = (film.at_s >= start_s - 1e-6) & (film.at_s < end_s - 1e-6)
            yield Film(film.pictures[kept], film.at_s[kept])

    def staged(
        self, seed: int, after_s: float, rate_per_s: float, kind: Kind, number: int
    ) -> StagedFilm:
        """Give an incident that continues the ordinary film of this seed after so many seconds."""
        name = f"{kind}_{number}_after_{after_s:g}_at_{rate_per_s:g}.npz"
        file = self._film_folder(seed) / name
        if not file.is_file():
            self._render_staged(file, seed, after_s, rate_per_s, kind, number)
        with np.load(file) as kept:
            film = _read(kept)
            start_s, end_s = kept["span_s"].tolist()
        return StagedFilm(self.scene, seed, number, kind, start_s, end_s, film)

    def _film_folder(self, seed: int) -> Path:
        return self.folder / f"{self.scene}_{seed}"

    def _part_file(self, roll: Roll, number: int) -> Path:
        name = "ordinary_with_thing" if roll.has_thing else "ordinary"
        folder = self._film_folder(roll.seed) / f"{name}_at_{roll.rate_per_s:g}"
        return folder / f"part_{number:03}.npz"

    def _part(self, roll: Roll, number: int) -> Film:
        file = self._part_file(roll, number)
        if not file.is_file():
            times = frame_times(number * PART_S, (number + 1) * PART_S, roll.rate_per_s)
            film = self._shoot(roll.seed, times, self._standing() if roll.has_thing else [])
            _keep(file, **_packed(film))
            sys.stderr.write(
                f"seeing: rendered minute {number} of {self.scene}, seed {roll.seed}\n"
            )
        with np.load(file) as kept:
            return _read(kept)

    def _standing(self) -> list[Incident]:
        """Give the thing of the scene as something that begins before the film and never ends."""
        thing = BY_NAME[self.scene].scene.thing
        if thing is None:
            raise ValueError(f"{self.scene}: has no thing that could stand there")
        return [Incident(self.scene, "thing_taken", Staging(thing.start_s, thing.end_s, (thing,)))]

    def _render_staged(
        self, file: Path, seed: int, after_s: float, rate_per_s: float, kind: Kind, number: int
    ) -> None:
        incident = stage(BY_NAME[self.scene], seed, after_s, kind, number)
        staging = incident.staging
        end_s = min(staging.end_s, staging.start_s + LONGEST_S)
        times = frame_times(after_s, end_s + TAIL_S, rate_per_s)
        film = self._shoot(seed, times, [incident])
        span_s = np.array([staging.start_s, end_s])
        _keep(file, **_packed(film), span_s=span_s)
        sys.stderr.write(f"seeing: rendered {kind} {number} of {self.scene}, seed {seed}\n")

    def _shoot(self, seed: int, times: list[float], staged: list[Incident]) -> Film:
        scene = BY_NAME[self.scene].scene
        camera = Camera(
            scene, World(scene, seed, staged), Caption(scene.title, START_WALL_S),
            seed + round(times[0]),
        )  # fmt: skip
        camera.backdrop = self._traced()
        shown = [encode_jpeg(camera.frame_at(now_s)) for now_s in times]
        return Film(_list(shown), np.array(times))

    def _traced(self) -> Backdrop:
        if self._backdrop is None:
            self._backdrop = Backdrop(BY_NAME[self.scene].scene)
            while not self._backdrop.is_finished:
                self._backdrop.trace_once()
        return self._backdrop


def stage(camera: DemoCamera, seed: int, after_s: float, kind: Kind, number: int) -> Incident:
    """Stage an incident whose first actor enters some seconds after a moment."""
    scene = camera.scene

    def begun_at(start_s: float) -> Incident:
        rng = np.random.default_rng([seed, number, *kind.encode(), *scene.name.encode()])
        return Incident(scene.name, kind, seen_part(scene.stagers[kind](start_s, rng), scene))

    return begun_at(after_s + after_s + LEAD_S - enters_s(begun_at(after_s)))


def enters_s(incident: Incident) -> float:
    """Say when the first who was not always there comes in."""
    trips = incident.staging.trips
    return min([incident.staging.start_s, *(t.start_s for t in trips if t.start_s > -WARM_UP_S)])


def frame_times(start_s: float, end_s: float, rate_per_s: float) -> list[float]:
    """Give the stream times of the pictures from one moment to another."""
    first, last = round(start_s * rate_per_s), round(end_s * rate_per_s)
    return [number / rate_per_s for number in range(first, last)]


def staged_kinds(scene: str) -> tuple[Kind, ...]:
    """Give the kinds of incident that a scene can stage."""
    return tuple(BY_NAME[scene].scene.stagers)


def plan_staged(count: int) -> Iterator[tuple[str, Kind, int]]:
    """Give scene, kind and number of so many incidents, every scene and kind in turn."""
    pairs = [
        (scene, kind) for scene in BY_NAME for kind in staged_kinds(scene) if kind not in PREPARED
    ]
    by_round = ((scene, kind, number) for number in itertools.count() for scene, kind in pairs)
    yield from itertools.islice(by_round, count)


def _list(pictures: Sequence[bytes]) -> NDArray[np.generic]:
    """Put JPEG files into an array, which can be cut and thinned."""
    listed = np.empty(len(pictures), object)
    listed[:] = pictures
    return listed


def _packed(film: Film) -> dict[str, NDArray[np.generic]]:
    """Give a film as arrays that can be written without objects."""
    jpegs = [bytes(picture) for picture in film.pictures]
    ends = np.cumsum([len(jpeg) for jpeg in jpegs])
    return {"jpegs": np.frombuffer(b"".join(jpegs), np.uint8), "ends": ends, "at_s": film.at_s}


def _read(kept: Mapping[str, NDArray[np.generic]]) -> Film:
    """Give the film of a file's arrays."""
    whole, ends = kept["jpegs"].tobytes(), kept["ends"].tolist()
    jpegs = [whole[start:end] for start, end in itertools.pairwise([0, *ends])]
    return Film(_list(jpegs), np.asarray(kept["at_s"], np.float64))


def _keep(file: Path, **arrays: NDArray[np.generic]) -> None:
    """Write a file so that nobody ever reads half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}.tmp")
    with fresh.open("wb") as opened:
        np.savez(opened, allow_pickle=False, **arrays)
    fresh.replace(file)
