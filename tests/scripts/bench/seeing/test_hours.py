"""The bench's row `hours`: cameras of every age see the same, and figures are at equal events."""

from pathlib import Path

import numpy as np
import pytest

from anomaly.bands import band_of
from anomaly.features import MotionGraph
from scripts.bench.goals import goals_of
from scripts.bench.seeing import hours
from scripts.bench.seeing.hours import Place, Said, figures_of, found_share, peaks_of
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.watching import Judged
from scripts.demo.cameras import CAMERAS
from scripts.demo.renderer.backdrop import Backdrop
from testing.films import rendered as films
from testing.films.rendered import Roll, Studio
from testing.films.small import shrunk

SEED = 3


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Give the studio of a cheap scene; a minute of the bench is four seconds here."""
    small = {one.name: shrunk(one) for one in CAMERAS if one.name == "loading-dock"}
    for module in (films, hours):
        monkeypatch.setattr(module, "BY_NAME", small)
    monkeypatch.setattr(films, "LONGEST_S", 3.0)
    monkeypatch.setattr(Backdrop, "is_finished", property(lambda place: place.passes > 0))
    monkeypatch.setattr(hours, "AGES_S", {"1_min": 4.0, "15_min": 8.0, "2_h": 16.0, "24_h": 1e6})
    monkeypatch.setattr(hours, "SHORT_S", 8.0)
    monkeypatch.setattr(hours, "MOMENTS", 2)
    monkeypatch.setattr(hours, "STRETCH_S", 4.0)
    return Studio("loading-dock", tmp_path)


def test_a_part_of_a_film_is_what_the_whole_film_shows_then(studio: Studio) -> None:
    """Minute by minute, from the middle of one to the middle of the next."""
    whole = studio.ordinary(SEED, 120, 0.5)
    parts = list(studio.minutes(Roll(SEED, 0.5), 30, 90))
    assert [part.at_s.tolist() for part in parts] == [
        list(range(30, 60, 2)), list(range(60, 90, 2))
    ]  # fmt: skip
    shown = [picture for part in parts for picture in part.pictures]
    assert shown == whole.pictures[15:45].tolist()


def test_cameras_of_every_age_are_shown_the_same(studio: Studio) -> None:
    """As many stretches and incidents each; an incident continues the film at its moment."""
    place = Place(studio, SEED, 16.0, [("running", 0), ("running", 1), ("crawling", 0)])
    at_s = [one.film.at_s[0] for n in range(2) for one in place._staged_at(n)]
    assert at_s == [16.0, 16.0, 20.0]
    graph = MotionGraph()
    for age_s in (4.0, 16.0):
        said = place.ask(age_s, graph)
        assert len(said.peaks) == 2
        assert len(said.threats) == 3


@pytest.mark.parametrize(("age_s", "seen"), [(8.0, [4, 4]), (16.0, [8, 10])])
def test_a_young_camera_begins_anew_and_an_old_one_goes_on(
    studio: Studio, age_s: float, seen: list[int]
) -> None:
    """So the young one is as young at the last moment as at the first (chunks of two seconds)."""
    place = Place(studio, SEED, 16.0, [])
    cameras = place._cameras(age_s, MotionGraph())
    assert [camera._sequence for camera in cameras] == seen


def test_a_peak_stands_for_the_chunks_beside_it() -> None:
    """Chunks within two seconds of a higher one are the same event."""
    said = [
        Judged(at_s, at_s + 1, at_s, threat, band_of(threat), "")
        for at_s, threat in ((10, 0.3), (12, 0.6), (14, 0.5), (40, 0.2))
    ]
    assert peaks_of(said) == pytest.approx([0.6, 0.2])


def test_each_age_has_the_threshold_of_its_own_false_events() -> None:
    """Three an hour in stretches of twenty minutes: one is let through, the second is the limit."""
    stretches = range(round(1200 / hours.STRETCH_S))
    loud = Said(tuple([0.9 - n / 20, 0.1] for n in stretches), (0.8, 0.86, 0.95))
    calm = Said(tuple([0.2 - n / 90] for n in stretches), (0.2 - 1 / 90, 0.3, 0.95))
    assert found_share(loud, range(3), stretches) == pytest.approx(2 / 3)
    assert found_share(calm, range(3), stretches) == pytest.approx(2 / 3)
    assert found_share(calm, [0, 0, 1], stretches) == pytest.approx(1 / 3)


def test_a_gain_has_an_interval_over_the_same_incidents() -> None:
    """What finds half of forty more is surely better, what finds one more is not."""
    quiet = tuple([0.2] for _ in range(10))
    figures = figures_of(
        {
            "1_min": Said(quiet, (0.1,) * 30 + (0.5,) * 10),
            "15_min": Said(quiet, (0.1,) * 29 + (0.5,) * 11),
            "2_h": Said(quiet, (0.1,) * 10 + (0.5,) * 30),
        }
    )
    value = {name: figure.value for name, figure in figures.items()}
    assert value["hours_1_min_share"] == pytest.approx(0.25)
    assert value["hours_15_min_gained"] == pytest.approx(1 / 40)
    assert value["hours_15_min_gained_low"] == 0
    assert value["hours_2_h_gained"] == pytest.approx(0.5)
    assert 0.3 < value["hours_2_h_gained_low"] < 0.5 < value["hours_2_h_gained_high"] < 0.7
    assert value["hours_oldest_gained_low"] == value["hours_2_h_gained_low"]


def test_the_row_gives_every_figure_that_has_a_goal(studio: Studio) -> None:
    """The ages that the options allow, and no older one."""
    figures = hours.run(Options(SEED, count=2, hours=0.01, films=studio.folder))
    assert goals_of("seeing/hours").keys() <= figures.keys()
    assert all(np.isfinite(figure.value) for figure in figures.values())
    assert "hours_24_h_share" not in figures
