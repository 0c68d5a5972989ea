"""What was gathered, kept to somebody's cameras."""

from seda.decisions import WaitingFact
from stages.live.change_log import Audience
from stages.live.metrics.gathering import Gathering
from stages.live.overview import overview
from stages.live.scoping import ELSEWHERE, within
from testing.messages.camera_facts import connection
from testing.messages.figures import scored_facts, stage_figures

NOW_S = 1000.0


def _gathering() -> Gathering:
    gathering = Gathering()
    gathering.take_stage(stage_figures("sink", pid=1), NOW_S)
    gathering.cameras.note(connection(), NOW_S)
    gathering.take_score(scored_facts("gate", 1), NOW_S)
    gathering.take_waiting(WaitingFact("gate", 4, 0.5, 1e9))
    return gathering


def test_other_cameras_are_in_no_part_of_it() -> None:
    """What was dropped of them is counted, without a name."""
    gathering = _gathering()
    seen = within(gathering, Audience(frozenset({"yard"}), is_supervisor=True))
    assert (seen.cameras.views(NOW_S), seen.scores, seen.waiting) == ((), {}, {})
    [stage] = overview(seen, NOW_S).stages
    assert stage.figures is not None
    assert stage.figures.drops == {"overload": {"yard": 1, ELSEWHERE: 2}}
    assert stage.figures.events["done"] == 10
    [whole] = overview(gathering, NOW_S).stages
    assert whole.figures is not None
    assert whole.figures.drops == {"overload": {"gate": 2, "yard": 1}}


def test_who_may_see_all_cameras_gets_all_of_it() -> None:
    """As it is, without a copy."""
    gathering = _gathering()
    assert within(gathering, Audience(None, is_supervisor=False)) is gathering
