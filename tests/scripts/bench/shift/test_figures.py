"""How a shift is judged, with an invented one."""

from scripts.bench.shift.figures import Score, Shown, Staged, figures, find_incidents

TRUTH = [Staged("gate", 100.0, 110.0)]


def _loud(camera: str, *captured_s: float) -> list[Score]:
    return [Score(camera, at_s, "unusual", at_s + 1.0) for at_s in captured_s]


def test_loud_chunks_with_two_quiet_ones_between_are_one_incident() -> None:
    """As the policy joins them; a longer pause begins another, and quiet ones are none."""
    quiet = Score("gate", 130.0, "noticeable", 131.0)
    found = find_incidents([*_loud("gate", 100.0, 106.0, 120.0), *_loud("yard", 100.0), quiet])
    assert [(it.camera, it.first_s, it.last_s) for it in found] == [
        ("gate", 100.0, 106.0),
        ("gate", 120.0, 120.0),
        ("yard", 100.0, 100.0),
    ]


def test_a_shift_is_judged_by_what_was_staged_scored_and_shown() -> None:
    """Late and never are both misses; what was scored just before the end counts for nothing."""
    shown = [
        Shown("gate", 102.0, 105.0),
        Shown("yard", 300.0, 312.0, "sample"),
        Shown("dock", 200.0, 220.0),
    ]
    scores = [
        *_loud("gate", 100.0, 102.0),
        *_loud("dock", 200.0),
        *_loud("roof", 200.0),
        *_loud("roof", 495.0),
    ]
    found = {name: it.value for name, it in figures(TRUTH, scores, shown, 1, (0, 500)).items()}
    assert found["without_incident_share"] == 2 / 3
    assert (found["incidents"], found["incidents_never_shown"]) == (3, 1)
    assert found["incidents_within_10_s_share"] == 1 / 3
    assert (found["samples"], found["wrong_reassurances"]) == (1, 1)
