"""Facts are believed of the camera that their event is about."""

import pytest

from runtime.work import Input
from seda.codec import encode_body
from seda.messages import CameraFact, Event, ScoredFacts
from stages.live.stage import _of_its_camera
from testing.messages.camera_facts import connection
from testing.messages.figures import scored_facts


@pytest.mark.parametrize(
    ("kind", "body"), [(CameraFact, connection()), (ScoredFacts, scored_facts("gate"))]
)
def test_what_is_said_of_another_camera_is_refused(
    kind: type[CameraFact] | type[ScoredFacts], body: CameraFact | ScoredFacts
) -> None:
    """A handler that was taken over by one camera puts no other's pictures right (R24)."""
    facts = {key: Input(Event("a", "fact", key, encode_body(body))) for key in ("gate", "yard")}
    assert _of_its_camera(facts["gate"], kind) == body
    with pytest.raises(ValueError, match='a fact of camera "gate" under "yard"'):
        _of_its_camera(facts["yard"], kind)
