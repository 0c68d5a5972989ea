"""Where a camera may lead seda."""

import pytest

from stages.camera.origins import Origin, may_lead


@pytest.mark.parametrize(
    ("here", "there", "is_allowed"),
    [
        (("http", "cam", None), ("http", "cam", 80), True),
        (("http", "cam", 8080), ("http", "cam", 8080), True),
        (("http", "cam", None), ("https", "cam", None), True),
        (("rtsp", "cam", 554), ("rtsps", "cam", None), True),
        (("https", "cam", None), ("http", "cam", None), False),
        (("http", "cam", None), ("http", "cam", 9464), False),
        (("http", "cam", 8080), ("http", "cam", 80), False),
        (("http", "cam", 8080), ("https", "cam", 443), False),
        (("http", "cam", None), ("https", "cam", 8443), False),
        (("http", "cam", None), ("http", "other", None), False),
        (("http", "cam", None), ("https", "other", None), False),
        (("rtsp", "cam", None), ("http", "cam", 554), False),
        (("http", "cam", None), ("ftp", "cam", None), False),
    ],
)
def test_a_camera_leads_to_itself_alone(
    here: tuple[str, str, int | None], there: tuple[str, str, int | None], *, is_allowed: bool
) -> None:
    """The same host and port, or from the usual port to that of the same under TLS."""
    assert may_lead(Origin.of(*here), Origin.of(*there)) is is_allowed


def test_an_origin_is_said_as_it_is_written() -> None:
    """With a port where it is not the usual one."""
    said = [str(Origin.of("http", host, port)) for host, port in (("cam", 80), ("cam", 81))]
    assert said == ["http://cam", "http://cam:81"]
    assert str(Origin.of("https", "fd00::1", 8443)) == "https://[fd00::1]:8443"
