"""The lines that the probe gives to paste."""

from pathlib import Path

from conf.loading import parse
from stages.camera.probe import configuration
from stages.camera.source.settings import CameraSettings, settings_of


def test_the_pasted_lines_load() -> None:
    """With user, a place for the password, and the certificate to trust."""
    camera = CameraSettings("probe", "https://bob:secret@camera:8443/live?x=1")
    text = configuration(camera, "ab" * 32)
    assert "secret" not in text
    (loaded,) = parse(text, Path("/etc/seda.toml"), {}).camera
    source = settings_of(loaded)
    assert (source.name, source.url) == ("camera", "https://camera:8443/live?x=1")
    assert (source.username, source.password) == ("bob", "")
    assert source.trust is not None
    assert source.trust.fingerprint == "ab" * 32
