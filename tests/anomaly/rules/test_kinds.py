"""When each kind of rule is broken, by things on made ways."""

from datetime import UTC
from typing import Any

import attrs
import pytest

from conf.schema import Rule
from tests.anomaly.rules.made import LEFT_HALF, STEP_S, Scene, Walk

ENTER = Rule(kind="enter", name="no one", corners=LEFT_HALF, inside_s=1.0)
STAY = Rule(kind="stay", name="no standing", corners=LEFT_HALF, longest_s=20.0)
RIGHT = Rule(kind="direction", name="one way", arrow=((0.2, 0.5), (0.8, 0.5)))
LINE = Rule(kind="line", name="line", line=((0.5, 0.0), (0.5, 1.0)))
# Its line goes down, so that its left is on the right of the picture.


def test_who_is_in_the_place_is_told_once_with_the_box() -> None:
    """After the least time inside, by the name of what it is."""
    scene = Scene(ENTER)
    (breach,) = scene.go_on(60, Walk(50))
    assert breach.words == "a person entered, on the left of the picture"
    assert breach.rule.name == "no one"
    assert breach.box == pytest.approx((0.23, 0.305, 0.27, 0.505))


def test_who_enters_is_told_when_the_least_time_has_passed() -> None:
    """Not before, and no later than the next picture."""
    scene = Scene(ENTER)
    walk = Walk(120, vx=-20)  # is inside after a second
    assert scene.go_on(1.75, walk) == []
    assert len(scene.go_on(0.5, walk)) == 1


def test_what_is_seen_inside_for_a_moment_is_nobody() -> None:
    """A blob of noise, and who is inside for less than the least time."""
    scene = Scene(ENTER)
    for number in range(1, 10):
        start_s = scene.at_s
        assert scene.go_on(0.75, Walk(50, number=number, born_s=start_s)) == []
        assert scene.go_on(10) == []


@pytest.mark.parametrize(
    ("things", "what", "told"),
    [
        ("anything", "person", 1),
        ("anything", "thing", 1),
        ("person", "person", 1),
        ("person", "vehicle", 0),
        ("vehicle", "vehicle", 1),
        ("vehicle", "thing", 0),
    ],
)
def test_whom_a_rule_is_about(things: Any, what: str, told: int) -> None:
    """Others may do as they like."""
    scene = Scene(attrs.evolve(ENTER, things=things))
    assert len(scene.go_on(10, Walk(50, what=what))) == told


def test_who_is_beside_the_place_breaks_nothing() -> None:
    """What counts is the foot: a head may look in."""
    scene = Scene(attrs.evolve(ENTER, corners=((0.0, 0.0), (1.0, 0.0), (1.0, 0.4), (0.0, 0.4))))
    assert scene.go_on(30, Walk(50, 50)) == []


def test_who_stands_on_the_lower_edge_is_in_a_place_that_reaches_there() -> None:
    """A picture's last row belongs to it."""
    scene = Scene(ENTER)
    assert len(scene.go_on(5, Walk(50, 99.5))) == 1


def test_who_left_and_comes_back_is_told_again() -> None:
    """And who only hesitates at the edge is not."""
    scene = Scene(ENTER)
    assert len(scene.go_on(5, Walk(50))) == 1
    assert scene.go_on(3, Walk(120)) == []
    assert scene.go_on(5, Walk(50)) == []
    assert scene.go_on(6, Walk(120)) == []
    assert len(scene.go_on(5, Walk(50))) == 1


def test_who_goes_on_is_told_again_after_a_while() -> None:
    """In words that say so."""
    scene = Scene(attrs.evolve(ENTER, again_s=60.0))
    words = [breach.words for breach in scene.go_on(130, Walk(50))]
    assert words == [
        "a person entered, on the left of the picture",
        "a person is still there, on the left of the picture",
        "a person is still there, on the left of the picture",
    ]


def test_a_track_that_breaks_is_the_same_thing() -> None:
    """Who is lost for a moment and found at the same place is told once."""
    scene = Scene(ENTER)
    assert len(scene.go_on(5, Walk(50))) == 1
    assert scene.go_on(2) == []
    assert scene.go_on(5, Walk(51, number=2, born_s=scene.at_s)) == []


def test_who_comes_from_elsewhere_is_somebody_else() -> None:
    """A track that is older than the loss takes nobody's place."""
    scene = Scene(ENTER)
    assert len(scene.go_on(5, Walk(50))) == 1
    assert scene.go_on(1) == []
    assert len(scene.go_on(5, Walk(51, number=2))) == 1


def test_every_thing_is_told_by_itself() -> None:
    """Two people are two breaches."""
    scene = Scene(ENTER)
    assert len(scene.go_on(10, Walk(30), Walk(70, number=2))) == 2


def test_a_mask_wins_over_a_rule() -> None:
    """Where a person blacked the picture out, nobody is watched."""
    scene = Scene(ENTER, privacy=(((0.0, 0.0), (0.3, 0.0), (0.3, 1.0), (0.0, 1.0)),))
    assert scene.go_on(30, Walk(50)) == []
    assert len(scene.go_on(30, Walk(80))) == 1


def test_staying_is_told_when_the_time_is_over() -> None:
    """Also of who walks up and down; with how long."""
    scene = Scene(STAY)
    found = []
    for number in range(12):
        start_s, vx = scene.at_s, 20.0 if number % 2 else -20.0
        x = (40.0 if number % 2 else 80.0) - vx * start_s
        found += scene.go_on(2, Walk(x, vx=vx))
    (breach,) = found
    assert breach.words == "a person has stayed for 20 seconds, in the middle of the picture"


def test_who_passes_does_not_stay() -> None:
    """However many they are, one after the other on the same way."""
    scene = Scene(STAY)
    for number in range(1, 20):
        start_s = scene.at_s
        walk = Walk(-20 * start_s, vx=20, number=number, born_s=start_s)
        assert scene.go_on(9, walk) == []


def test_what_stands_where_something_was_told_to_stand_is_the_same() -> None:
    """Tracks break at what stands; at another place it is something else."""
    scene = Scene(STAY)
    assert len(scene.go_on(25, Walk(50))) == 1
    assert scene.go_on(1) == []
    assert scene.go_on(60, Walk(51, number=2)) == []
    assert len(scene.go_on(60, Walk(51, number=2), Walk(80, number=3))) == 1


def test_time_out_of_sight_does_not_count() -> None:
    """What nobody saw nobody knows."""
    scene = Scene(STAY)
    assert scene.go_on(18, Walk(50)) == []
    assert scene.go_on(20) == []
    assert scene.go_on(18, Walk(50)) == []


@pytest.mark.parametrize(
    ("speed", "way", "told"),
    [
        ((20, 0), "along", 1),
        ((20, 15), "along", 1),
        ((20, 25), "along", 0),
        ((0, 20), "along", 0),
        ((-20, 0), "along", 0),
        ((-20, 0), "against", 1),
        ((20, 0), "against", 0),
    ],
)
def test_a_way_along_or_against_an_arrow(speed: tuple[float, float], way: Any, told: int) -> None:
    """Within 45 degrees, on a picture that is wider than high."""
    scene = Scene(attrs.evolve(RIGHT, way=way))
    assert len(scene.go_on(2.5, Walk(100, 50, *speed))) == told


def test_who_trembles_goes_nowhere() -> None:
    """A way is as long as the thing is high, at least."""
    scene = Scene(RIGHT)
    for number in range(100):
        assert scene.go_on(STEP_S, Walk(100 + 15 * (number % 2))) == []


def test_who_turns_round_is_told_after_a_path_of_the_forbidden_way() -> None:
    """However long it went another way before."""
    scene = Scene(RIGHT)
    assert scene.go_on(4, Walk(180, vx=-20)) == []
    (breach,) = scene.go_on(4, Walk(100 - 20 * scene.at_s, vx=20))
    assert breach.words == "a person goes the forbidden way, on the right of the picture"


def test_an_outline_that_grows_at_once_is_no_way() -> None:
    """It is shared with somebody who stands beside: its middle leaps, and nobody went."""
    for rule in (RIGHT, LINE):
        scene = Scene(rule)
        assert scene.go_on(2, Walk(80)) == []
        assert scene.go_on(2, Walk(115, scale=2)) == []
        assert scene.go_on(2, Walk(80)) == []


@pytest.mark.parametrize(
    ("way", "from_left", "from_right"),
    [("either", 1, 1), ("left_to_right", 0, 1), ("right_to_left", 1, 0), (None, 1, 1)],
)
def test_a_line_is_crossed(way: Any, from_left: int, from_right: int) -> None:
    """Left and right are those of who looks along it: here down the picture."""
    rule = attrs.evolve(LINE, way=way)
    assert len(Scene(rule).go_on(6, Walk(50, vx=20))) == from_left
    assert len(Scene(rule).go_on(6, Walk(150, vx=-20))) == from_right


def test_who_walks_along_a_line_or_past_its_end_crosses_nothing() -> None:
    """And who steps on it and goes back."""
    short = attrs.evolve(LINE, line=((0.5, 0.0), (0.5, 0.4)))
    assert Scene(short).go_on(6, Walk(50, 60, vx=20)) == []
    assert Scene(LINE).go_on(6, Walk(98, 20, vy=10)) == []
    scene = Scene(LINE)
    assert scene.go_on(4, Walk(60, vx=10)) == []
    assert scene.go_on(4, Walk(100 + 10 * scene.at_s, vx=-10)) == []


def test_who_trembles_on_a_line_crosses_it_once() -> None:
    """When it is clear of it on the other side."""
    scene = Scene(LINE)
    assert scene.go_on(2, Walk(80)) == []
    for number in range(40):
        assert scene.go_on(STEP_S, Walk(98 + 4 * (number % 2))) == []
    (breach,) = scene.go_on(2, Walk(120))
    assert breach.words == "a person crossed the line, in the middle of the picture"


def test_a_line_of_several_points_is_crossed_as_a_whole() -> None:
    """Over a corner too, and who comes out where it went in has not crossed it."""
    bent = attrs.evolve(LINE, line=((0.5, 0.0), (0.4, 0.5), (0.5, 1.0)))
    assert len(Scene(bent).go_on(6, Walk(50, 50, vx=20))) == 1
    fast = Scene(attrs.evolve(LINE, line=((0.45, 0.0), (0.45, 1.0), (0.55, 1.0), (0.55, 0.0))))
    assert fast.go_on(1, Walk(20, vx=200)) == []


def test_out_of_its_hours_a_rule_is_not_broken() -> None:
    """And who is still there when they begin is told then."""
    scene = Scene(attrs.evolve(ENTER, hours=("22:00-06:00",)))
    scene.rules = attrs.evolve(scene.rules, zone=UTC)
    scene.at_s = 21 * 3600 + 59 * 60
    assert scene.go_on(59, Walk(50)) == []
    assert len(scene.go_on(10, Walk(50))) == 1


def test_an_object_detectors_label_is_told_once_while_it_is_there() -> None:
    """A parked lorry is no news with every chunk."""
    scene = Scene(Rule(label="lorry", corners=LEFT_HALF))
    (breach,) = scene.go_on(60, Walk(50, number=0, what="lorry"), Walk(80, number=0, what="cat"))
    assert breach.words == "lorry is seen, on the left of the picture"
    assert scene.go_on(16) == []
    assert len(scene.go_on(60, Walk(50, number=0, what="lorry"))) == 1
