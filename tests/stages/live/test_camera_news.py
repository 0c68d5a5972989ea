"""What assignment hears of cameras: every change, and again what is not live."""

from seda.decisions import CameraStateFact
from seda.overview import CameraState
from spotter_web.views import Tile
from stages.live.camera_news import REPEAT_S, CameraNews
from stages.live.now import Now
from testing.messages.camera_facts import WALL_S


def _tile(state: CameraState, same_since_s: float | None = None) -> Tile:
    return Tile(
        "gate", state, WALL_S, "", None, None, None, is_learning=False, words="", waiting=0,
        same_since_s=same_since_s,
    )  # fmt: skip


def test_a_change_is_told_once_and_what_is_not_live_again() -> None:
    """A stage that was restarted hears of it within the time of a repeat."""
    news = CameraNews()
    steps: list[tuple[float, CameraState]] = [
        (0.0, "live"), (1.0, "live"), (2.0, "frozen"), (3.0, "frozen"), (REPEAT_S, "frozen"),
        (REPEAT_S + 1, "live"), (2 * REPEAT_S + 1, "live"),
    ]  # fmt: skip
    told: list[tuple[float, CameraStateFact]] = []
    for at_s, state in steps:
        tile = _tile(state, WALL_S if state == "frozen" else None)
        told += [(at_s, fact) for fact in news.look((tile,), Now(at_s, WALL_S + at_s))]
    assert [(at_s, fact.state) for at_s, fact in told] == [
        (0.0, "live"),
        (2.0, "frozen"),
        (REPEAT_S, "frozen"),
        (REPEAT_S + 1, "live"),
    ]
    assert told[1][1].same_since_s == WALL_S
