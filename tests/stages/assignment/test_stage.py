"""The assignment stage in real processes: frames in, pairs out, over restarts."""

from pathlib import Path

from tests.stages.assignment.office import HEAT, JPEG, USUAL, office


def test_a_frame_goes_to_who_asks_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    """The picture, its facts and a sealed lease reach the reply stage with the connection (R28)."""
    with office(tmp_path) as place:
        place.add("gate", 0.6)
        shown = place.take("anna", "page-of-anna")
        assert shown.picture == JPEG
        assert shown.frame["camera"] == shown.lease.camera == "gate"
        assert shown.frame["instructions"] == "Look at the gate."
        assert (shown.frame["band"], shown.lease.spotter) == ("unusual", "anna")
        assert shown.frame["boxes"][0]["label"] == "person"
        folder = place.directory / "frames" / shown.frame["frame_id"]
        assert (folder / "frame.jpg").read_bytes() == JPEG
        assert (folder / "heat.png").read_bytes() == HEAT
        assert (folder / "usual.jpg").read_bytes() == USUAL
