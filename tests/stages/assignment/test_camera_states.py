"""How the camera of a frame is: said on the frame, and never hidden by its words."""

from pathlib import Path
from typing import Any

import pytest

from seda.decisions import CameraStateFact
from seda.messages import ScoredFacts
from stages.assignment.camera_states import WHY, CameraStates
from testing.messages.figures import scored_facts
from tests.stages.assignment.running_stage import running

SINCE_S = 1_700_000_000.0
NOTHING = "Nothing unusual for this camera."


def _frame(after_s: float, **more: Any) -> ScoredFacts:
    said = {"cause": "nothing", "words": NOTHING, **more}
    return scored_facts(captured_s=SINCE_S + after_s, **said)


def _states(state: Any, same_since_s: float | None = None) -> CameraStates:
    states = CameraStates()
    states.note(CameraStateFact("gate", state, SINCE_S, same_since_s))
    return states


@pytest.mark.parametrize("state", ["dark", "frozen"])
def test_a_picture_that_shows_nothing_is_never_nothing_unusual(state: Any) -> None:
    """Whatever else the detector found there is said after it."""
    states = _states(state, SINCE_S)
    assert states.condition(_frame(5.0)).words == WHY[state]
    covered = states.condition(_frame(5.0, cause="overall", words="The view is covered."))
    assert covered.words == f"{WHY[state]} The view is covered."


def test_a_frozen_pictures_age_is_that_of_its_scene() -> None:
    """However new the newest copy of it is; a dark one is of now."""
    assert _states("frozen", SINCE_S).condition(_frame(90.0)).scene_s == SINCE_S
    assert _states("dark", SINCE_S).condition(_frame(90.0)).scene_s == SINCE_S + 90.0


def test_a_frame_from_before_keeps_its_words_and_its_age() -> None:
    """It shows what was there; that its camera is frozen by now is said all the same."""
    condition = _states("frozen", SINCE_S).condition(_frame(-5.0))
    assert (condition.words, condition.scene_s) == (NOTHING, SINCE_S - 5.0)
    assert (condition.state, condition.why) == ("frozen", WHY["frozen"])


def test_a_stalled_camera_says_so_beside_the_words() -> None:
    """Its pictures are late, but they show something."""
    condition = _states("stalled").condition(_frame(0.0))
    assert (condition.state, condition.why, condition.words) == (
        "stalled",
        WHY["stalled"],
        NOTHING,
    )


def test_the_state_of_its_camera_stands_on_the_frame_that_is_given_out(tmp_path: Path) -> None:
    """As `live` told it, in the facts that page and programs get (R28)."""
    with running(tmp_path) as place:
        fact = CameraStateFact("gate", "frozen", SINCE_S + 35.0, SINCE_S)
        place.settle(place.submit("camera_state", "gate", fact))
        place.add("gate", 0.6, captured_s=SINCE_S + 90.0, cause="nothing", words=NOTHING)
        place.add("yard", 0.5)
        frozen = place.take("anna", "page-of-anna").frame
        live = place.take("bert", "page-of-bert").frame
        assert (frozen["state"], frozen["scene_s"]) == ("frozen", SINCE_S)
        assert frozen["words"] == frozen["why"] == WHY["frozen"]
        assert (live["state"], live["why"]) == ("live", "")
        assert live["scene_s"] == live["captured_s"]
