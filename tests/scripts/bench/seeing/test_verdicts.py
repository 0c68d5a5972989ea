"""The bench's row `verdicts`: its shift, what is taught, and the figures that have goals."""

from pathlib import Path

import numpy as np
import pytest

from anomaly.bands import band_of
from anomaly.features import MotionGraph
from anomaly.usual.lessons import MOST_LESSONS, Lessons
from scripts.bench.goals import goals_of
from scripts.bench.seeing import run, shift, taught, verdicts
from scripts.bench.seeing.options import Options
from scripts.bench.seeing.shift import Shift, Verdict, ask, clear_again_and_again, plan_shift, teach
from scripts.bench.seeing.staged import Outcome
from scripts.bench.seeing.taught import Measured, Pair, Taught, film_scene, work_shift
from scripts.bench.seeing.watching import Judged
from scripts.demo.cameras import CAMERAS
from scripts.demo.renderer.backdrop import Backdrop
from seda.messages import Mark
from testing.films import rendered as films
from testing.films.rendered import Studio
from testing.films.small import shrunk

SEED = 3


def judged(at_s: float, threat: float) -> Judged:
    mark = Mark("moving", at_s / 1000, threat)
    return Judged(at_s, at_s + 1.8, at_s, threat, band_of(threat), "", mark=mark)


def outcome(threat: float) -> Outcome:
    return Outcome("gate", "running", threat, is_found=True, is_found_soon=True, words="")


def camera(alarms: dict[int, list[float]], recalls: dict[int, list[float]]) -> Taught:
    """Give a camera that said this after so many verdicts."""
    by_count = {
        count: Measured(
            tuple(judged(n, threat) for n, threat in enumerate(alarms[count])),
            tuple(outcome(threat) for threat in recalls[count]),
        )
        for count in alarms
    }
    hidden = tuple(Pair(outcome(0.6), outcome(threat)) for threat in (0.6, 0.6, 0.3, 0.1))
    some = (Verdict("clear", Mark("moving", 0, 0)),) * 60
    return Taught(3600.0, Shift(some, asked=20), by_count, hidden, hidden[:3])


def test_what_goes_on_is_asked_about_once() -> None:
    """A run of frames is one question, the next one after a pause another."""
    said = [judged(at_s, 0.3) for at_s in (10, 12, 14, 40)] + [judged(60, 0.2)]
    assert [one.start_s for one in ask(said)] == [10, 40]


def test_the_truth_decides_and_what_is_asked_about_comes_first() -> None:
    """Ordinary footage is clear, an incident suspicious once, other frames follow in turn."""
    ordinary = [judged(10, 0.3), judged(100, 0.6), *(judged(at_s, 0.1) for at_s in range(200, 205))]
    incidents = [[judged(50, 0.4), judged(52, 0.5)], [judged(70, 0.2)]]
    planned = plan_shift(ordinary, incidents, np.random.default_rng(1))
    first, rest = planned.verdicts[: planned.asked], planned.verdicts[planned.asked :]
    assert {(it.word, it.mark.x) for it in first} == {
        ("clear", 0.01), ("clear", 0.1), ("suspicious", 0.05)
    }  # fmt: skip
    assert sorted(it.mark.x for it in rest) == [0.2, 0.201, 0.202, 0.203, 0.204]
    assert {it.word for it in rest} == {"clear"}


def test_a_shift_of_several_is_taught_in_full() -> None:
    """No verdict is refused for coming too fast, and people decide in turn."""
    known = Lessons()
    teach(known, clear_again_and_again([judged(1, 0.3), judged(2, 0.4)], 100))
    assert len(known.learned) == 100
    assert {one.person for one in known.learned} == {f"person-{n}" for n in range(shift.PEOPLE)}


def test_five_hundred_clears_are_one_persons_and_kept_as_far_as_a_camera_keeps_any() -> None:
    """The frames come again and again until there are so many."""
    known = Lessons()
    clears = clear_again_and_again([judged(1, 0.3), judged(2, 0.4)], taught.HOSTILE_TIMES)
    teach(known, clears, people=1)
    assert len(clears) == 500
    assert len(known.learned) == MOST_LESSONS
    assert len({one.person for one in known.learned}) == 1


def test_alarms_are_counted_for_each_incident_found() -> None:
    """Twelve frames for three incidents of four become four, three, then one for two of them."""
    figures = verdicts.figures_of(
        [
            camera(
                {0: [0.3] * 12 + [0.1], 10: [0.6] * 4, 50: [0.3] * 3, 200: [0.3, 0.1]},
                {
                    0: [0.3, 0.6, 0.8, 0.1],
                    10: [0.3] * 4,
                    50: [0.3] * 3 + [0.1],
                    200: [0.8, 0.3, 0, 0],
                },
            )
        ]
    )
    value = {name: figure.value for name, figure in figures.items()}
    assert value["verdicts_0_alarms"] == 12
    assert value["verdicts_0_alarms_per_incident"] == pytest.approx(4)
    assert value["verdicts_10_against_none"] == pytest.approx(1 / 4)
    assert value["verdicts_50_against_none"] == pytest.approx(1 / 4)
    assert value["verdicts_200_against_none"] == pytest.approx(0.5 / 4)
    assert value["verdicts_recall_lost"] == pytest.approx(0.25)
    assert value["verdicts_third_band_0_recall"] == pytest.approx(0.5)
    assert value["verdicts_200_given_a_camera"] == 60
    assert value["verdicts_50_asked_a_camera"] == 20
    assert goals_of("seeing/verdicts").keys() <= figures.keys()


def test_the_larger_of_both_attacks_counts() -> None:
    """One of four is lost to clearing a kind, none of three to clearing everything."""
    said = {count: [0.3] for count in (0, 10, 50, 200)}
    figures = verdicts.figures_of([camera(said, said)])
    assert figures["verdicts_hostile_kind_recall_lost"].value == pytest.approx(0.25)
    assert figures["verdicts_hostile_all_recall_lost"].value == 0
    assert figures["verdicts_hostile_recall_lost"].value == pytest.approx(0.25)
    assert figures["verdicts_third_band_hostile_recall_lost"].value == pytest.approx(0.5)


def test_what_is_never_alarmed_about_can_not_be_halved() -> None:
    """Then there is no such figure, and its goal counts as not measured."""
    said = {count: [0.1] for count in (0, 10, 50, 200)}
    figures = verdicts.figures_of([camera(said, {count: [0.6] for count in said})])
    assert "verdicts_50_against_none" not in figures


def test_no_incident_found_gives_no_alarms_per_incident() -> None:
    """Division by none is no figure, and its goal counts as not measured."""
    said = {count: [0.3] for count in (0, 10, 50, 200)}
    figures = verdicts.figures_of([camera(said, {**said, 50: [0.1]})])
    assert "verdicts_200_against_none" in figures
    assert "verdicts_50_against_none" not in figures


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Give the studio of a cheap scene whose incidents are short."""
    small = {one.name: shrunk(one) for one in CAMERAS if one.name == "loading-dock"}
    monkeypatch.setattr(films, "BY_NAME", small)
    monkeypatch.setattr(films, "LONGEST_S", 3.0)
    monkeypatch.setattr(Backdrop, "is_finished", property(lambda place: place.passes > 0))
    return Studio("loading-dock", tmp_path)


def test_a_camera_is_measured_by_what_nobody_decided_on(studio: Studio) -> None:
    """Odd incidents teach and follow the first half, even ones measure and follow the end."""
    options = Options(SEED, minutes=0.4, films=studio.folder)
    footage = film_scene(studio, options, [("running", 0), ("running", 1)])
    assert footage.early.at_s[-1] < 12 <= footage.late.at_s[0]
    assert footage.to_teach[0].film.at_s[0] == pytest.approx(12)
    assert footage.to_measure[0].film.at_s[0] == pytest.approx(24)
    done = work_shift(footage, (3,), MotionGraph(), np.random.default_rng(1))
    assert done.late_s == pytest.approx(12)
    assert set(done.by_count) == {0, 3}
    for measured in done.by_count.values():
        assert len(measured.ordinary) == 6
        assert len(measured.outcomes) == 1
    assert len(done.kind_cleared) == len(done.all_cleared) == 1
    assert done.kind_cleared[0].before == done.by_count[0].outcomes[0]
    assert done.kind_cleared[0].after.threat <= done.kind_cleared[0].before.threat


def test_the_row_measures_every_scene(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute of one scene never alarms, so there is all but what is compared with alarms."""
    monkeypatch.setattr(verdicts, "BY_NAME", films.BY_NAME)
    planned = [(studio.scene, "running", number) for number in (0, 1)]
    monkeypatch.setattr(verdicts, "plan_staged", lambda _: iter(planned))
    figures = run.run_row("verdicts", Options(SEED, minutes=0.4, films=studio.folder))
    left_out = goals_of("seeing/verdicts").keys() - figures.keys()
    assert left_out == {"verdicts_50_against_none", "verdicts_200_against_none"}
    assert figures["verdicts_incidents"].value == 1
    asked = figures["verdicts_10_asked_a_camera"].value
    assert figures["verdicts_10_given_a_camera"].value == asked + 6
    assert figures["verdicts_seed"].value == SEED
