"""The bench `seeing`: its films, its bookkeeping, and that it gives the figures that have goals."""

from pathlib import Path

import numpy as np
import pytest

from anomaly.bands import band_of
from anomaly.types import Cause
from scripts.bench.goals import goals_of
from scripts.bench.seeing import infrared, kinds, paces, run, simulated, staged, weather
from scripts.bench.seeing.evening import Said, ask_people
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.rates import highest_mean
from scripts.bench.seeing.staged import Session, conclude
from scripts.bench.seeing.watching import Judged, cut
from scripts.demo.cameras import CAMERAS
from scripts.demo.renderer.backdrop import Backdrop
from scripts.demo.renderer.scene import PREPARED
from seda.messages import Band
from testing.films import effects, rendered
from testing.films.rendered import Film, StagedFilm, Studio, enters_s, plan_staged, stage
from testing.films.small import shrunk

SEED = 3


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Give the studio of a cheap scene, everything a fifth of its size."""
    small = {camera.name: shrunk(camera) for camera in CAMERAS}
    monkeypatch.setattr(rendered, "BY_NAME", small)
    monkeypatch.setattr(Backdrop, "is_finished", property(lambda place: place.passes > 0))
    return Studio("loading-dock", tmp_path)


def judged(at_s: float, threat: float) -> Judged:
    return Judged(at_s - 1, at_s + 0.9, at_s, threat, band_of(threat), f"at {at_s}")


def film_of(count: int, interval_s: float) -> Film:
    rng = np.random.default_rng(1)
    pictures = rng.integers(90, 110, (count, 24, 32)).astype(np.uint8)
    return Film(pictures, np.arange(count, dtype=np.float64) * interval_s)


def test_a_film_is_rendered_once_and_read_again(studio: Studio) -> None:
    """The second reading gives the same pictures, and a longer film begins with the shorter."""
    short = studio.ordinary(SEED, 20, 1.0)
    assert short.at_s.tolist() == list(range(20))
    (part,) = studio.folder.rglob("part_*.npz")
    written = part.stat().st_mtime_ns
    again = Studio("loading-dock", studio.folder).ordinary(SEED, 30, 1.0)
    assert part.stat().st_mtime_ns == written
    assert np.array_equal(again.pictures[:20], short.pictures)


def test_an_incident_continues_the_ordinary_film(studio: Studio) -> None:
    """Until its first actor enters, its pictures are those of the film that goes on."""
    after_s = 60.0
    one = studio.staged(SEED, after_s, 1.0, "running", 0)
    ordinary = studio.ordinary(SEED, after_s + 10, 1.0)
    goes_on = ordinary.small()[ordinary.at_s >= after_s]
    lead = round(rendered.LEAD_S)
    assert one.film.at_s[0] == after_s
    apart = np.abs(one.film.small()[:lead].astype(int) - goes_on[:lead])
    assert apart.mean() < 2
    assert one.film.at_s[-1] > one.end_s
    assert one.start_s >= after_s + rendered.LEAD_S


@pytest.mark.parametrize("scene", [camera.name for camera in CAMERAS if camera.scene.thing])
def test_a_thing_that_is_taken_has_always_stood_there(studio: Studio, scene: str) -> None:
    """It is in the film made for that from the start, and in no other."""
    here = Studio(scene, studio.folder)
    shown, hidden = (
        here.ordinary(SEED, 1, 0.1, has_thing=has_thing) for has_thing in (True, False)
    )
    apart = np.abs(shown.small()[0].astype(int) - hidden.small()[0])
    assert apart.max() > 30
    assert (apart > 30).mean() < 0.01


@pytest.mark.parametrize("number", [0, 1])
def test_whoever_plays_an_incident_enters_some_seconds_later(number: int) -> None:
    """Whatever the way to the place, nobody is there before, and nothing begins at once."""
    for camera in CAMERAS:
        for kind in camera.scene.stagers:
            incident = stage(camera, SEED, 900.0, kind, number)
            assert enters_s(incident) == pytest.approx(900 + rendered.LEAD_S, abs=0.1)


def test_staged_incidents_are_of_all_kinds_over_all_scenes() -> None:
    """Every scene and kind in turn, what needs a film of its own left out, numbers apart."""
    planned = list(plan_staged(200))
    pairs = {(scene, kind) for scene, kind, _ in planned}
    known = {(c.name, kind) for c in CAMERAS for kind in c.scene.stagers if kind not in PREPARED}
    assert pairs == known
    assert len(set(planned)) == 200
    asked = list(kinds.plan(20))
    assert {kind for _, kind, _ in asked} == set(kinds.ASKED)
    assert len(set(asked)) == 20 * len(kinds.ASKED)


@pytest.mark.parametrize(("rate", "pictures"), [(25.0, 50), (5.0, 10), (1.0, 2), (0.1, 1)])
def test_chunks_last_two_seconds_at_any_rate(rate: float, pictures: int) -> None:
    """A chunk holds the pictures of two seconds, one where they are further apart."""
    film = film_of(pictures * 4, 1 / rate)
    assert [end - start for start, end in cut(film)] == [pictures] * 4


def test_an_incident_is_found_by_what_is_said_while_it_is_seen() -> None:
    """What is said before or long after does not count, nor what is only noticeable."""
    one = StagedFilm("gate", SEED, 0, "running", 100.0, 130.0, film_of(2, 1))
    early, late = judged(98, 0.9), judged(140, 0.9)
    assert not conclude(one, [early, late, judged(110, 0.4)]).is_found
    soon = conclude(one, [judged(109, 0.6), judged(120, 0.8)])
    assert (soon.is_found, soon.is_found_soon, soon.threat) == (True, True, 0.8)
    assert soon.words == "at 120"
    slow = conclude(one, [judged(112, 0.6)])
    assert (slow.is_found, slow.is_found_soon) == (True, False)


def test_a_threshold_lets_one_event_in_two_hours_through() -> None:
    """Peaks of four hours, two above it; chunks beside a peak are the same event."""
    said = [judged(100, 0.9), judged(102, 0.89), judged(500, 0.8), judged(900, 0.7)]
    assert kinds.false_threshold([Session(tuple(said), 4.0, ())]) == 0.7


def test_chunks_close_together_are_one_event() -> None:
    """Two runs of chunks with a minute between are two events."""
    assert weather.count_events([judged(at_s, 0.9) for at_s in (10, 12, 14, 80, 82)]) == 2


def test_a_count_bounds_a_mean() -> None:
    """None seen allows three at 95 %, two allow 6.3."""
    assert highest_mean(0) == pytest.approx(3.0, abs=0.01)
    assert highest_mean(2) == pytest.approx(6.30, abs=0.01)


@pytest.mark.parametrize("name", effects.EFFECTS)
def test_an_effect_follows_from_its_generator(name: str) -> None:
    """The same pictures with the same generator, as many as before and of their size."""
    film = film_of(40, 60.0)
    one, same = (effects.EFFECTS[name](film, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.pictures, same.pictures)
    assert one.pictures.shape == film.pictures.shape
    assert one.pictures.dtype == np.uint8
    assert np.array_equal(one.pictures, film.pictures) == (name == "clear")


def test_dusk_takes_light_and_infrared_comes_at_once() -> None:
    """The last pictures of a dusk are dark; infrared leaves the first half alone."""
    film = film_of(40, 60.0)
    dark = effects.dusk(film, np.random.default_rng(5)).pictures
    assert dark[0].mean() == film.pictures[0].mean()
    assert dark[-1].mean() < 0.4 * film.pictures[-1].mean()
    night = effects.infrared(film, np.random.default_rng(5)).pictures
    assert np.array_equal(night[:20], film.pictures[:20])
    assert abs(float(night[20].mean()) - film.pictures[20].mean()) > 5


def test_streams_are_what_they_are_called() -> None:
    """Following scores follow, dusk ends higher, the regimes differ, bursts rise above."""
    made = {name: stream(np.random.default_rng(2)) for name, stream in simulated.STREAMS.items()}
    correlation = {
        name: float(np.corrcoef(course[:-1], course[1:])[0, 1]) for name, course in made.items()
    }
    assert abs(correlation["independent"]) < 0.05
    assert correlation["following"] > 0.95
    late = slice(round(0.5 * simulated.CHUNKS), None)
    assert made["dusk"][late].mean() > made["following"].mean() + 1
    hours = np.arange(simulated.CHUNKS) * 2 / 3600
    is_night = np.floor(hours / simulated.REGIME_H) % 2 == 1
    assert made["regimes"][~is_night].mean() > made["regimes"][is_night].mean() + 1
    assert made["bursts"].max() > made["independent"].max()


def test_a_stream_that_never_changes_keeps_its_promise_for_the_lowest_band(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Independent scores reach the second band about as often as their share of it is."""
    monkeypatch.setattr(simulated, "TIMES", 1)
    ratios = simulated._ratios(simulated.independent, 4)
    assert 0.5 <= ratios["noticeable"] * 1.5 <= 2  # the other accounts have a third
    assert set(ratios) == {band.value for band in Band} - {"ordinary"}


@pytest.fixture
def options(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Options:
    """Give a bench of one scene, half a minute and short incidents."""
    alone = {studio.scene: rendered.BY_NAME[studio.scene]}
    for module in (rendered, staged, weather, kinds, infrared):
        monkeypatch.setattr(module, "BY_NAME", alone)
    monkeypatch.setattr(paces, "SCENES", (studio.scene,))
    monkeypatch.setattr(paces, "staged_kinds", lambda _: ("running",))
    monkeypatch.setattr(paces, "EACH", 1)
    monkeypatch.setattr(kinds, "EACH", 1)
    monkeypatch.setattr(infrared, "CAMERAS", 2)
    monkeypatch.setattr(infrared, "AFTER_S", 8.0)
    monkeypatch.setattr(rendered, "LONGEST_S", 4.0)
    return Options(SEED, count=3, minutes=0.3, films=studio.folder)


@pytest.mark.slow
@pytest.mark.parametrize("row", ["demo", "weather"])
def test_rows_give_every_figure_that_has_a_goal(options: Options, row: str) -> None:
    """A goal without a figure would be a missed one; the seed is told beside the figures."""
    figures = run.run_row(row, options)
    assert goals_of(f"seeing/{row}").keys() <= figures.keys()
    assert all(np.isfinite(figure.value) for figure in figures.values())
    assert figures[f"{row}_seed"].value == SEED


def test_every_goal_is_of_a_row() -> None:
    """No goal is named after a row that does not exist."""
    assert {name.partition("_")[0] for name in goals_of("seeing")} <= run.ROWS.keys()


def test_an_evening_of_two_minutes_is_one_item() -> None:
    """People who take whatever there is at once are asked about two hundred cameras once."""
    said = [Said(0.5, 0.95, Band.ALARMING, Cause.LIGHT)]
    [asked] = ask_people([(0.6 * number, said) for number in range(200)])
    assert (asked.cameras, asked.band) == (200, Band.UNUSUAL)


def test_two_hundred_covered_cameras_are_two_hundred_items() -> None:
    """So that the bench counts what is not joined."""
    said = [Said(0.5, 0.8, Band.ALARMING, Cause.OVERALL)]
    asked = ask_people([(0.6 * number, said) for number in range(200)])
    assert [(one.cameras, one.band) for one in asked] == [(1, Band.ALARMING)] * 200
