"""What the probe tells whoever adds a camera, and what it never tells."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conf import loading
from conf.loading import parse
from conf.schema import Camera
from stages.camera import probe
from stages.camera.probe import configuration
from testing.films import media
from testing.running.supervised import environment
from testing.waiting import PATIENCE_S


@contextmanager
def _demo(camera: str) -> Iterator[str]:
    """Serve one demo camera; give its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.fileno()
        process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "scripts.demo"),
                *("--socket", str(number), "--cameras", camera),
            ],
            env=environment(has_fakes=False),
            stdout=subprocess.DEVNULL,
            pass_fds=(number,),
        )
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.kill()
            process.wait(timeout=PATIENCE_S)


@pytest.mark.parametrize(
    "url", ["http://[", "gate", "ftp://admin:corr3ct-horse@gate/", "http://ad min:corr3ct-horse@g/"]
)
def test_an_address_that_will_not_do_is_a_sentence(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip of the hand gives no traceback, and shows no password."""
    assert probe.main([url]) == 1
    shown = "".join(capsys.readouterr())
    assert "This address will not do: " in shown
    assert "Traceback" not in shown
    assert "corr3ct-horse" not in shown


@pytest.mark.slow
def test_a_camera_with_a_password_is_told_how_to_be_added(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The lines that it gives are a configuration, once the password is in."""
    with _demo("gate") as host:
        assert probe.main([f"http://{host}/gate.mjpg", "--seconds", str(PATIENCE_S)]) == 1
        asked = capsys.readouterr().out
        url = f"http://demo:only-a-demo@{host}/gate.mjpg"
        assert probe.main([url, "--seconds", str(PATIENCE_S), "--json"]) == 0
        told = capsys.readouterr().out
    assert "asks for a user and a password (401)" in asked
    assert "http://USER:PASSWORD@HOST/PATH" in asked
    assert "only-a-demo" not in told
    report = json.loads(told)
    assert report["summary"].startswith("Motion JPEG: 960x540")
    assert report["authentication"] == "basic"
    lines = report["configuration"].replace('""', '"only-a-demo"')
    [camera] = loading.parse(lines, tmp_path / "seda.toml", {}).camera
    assert (camera.url, camera.user) == (f"http://{host}/gate.mjpg", "demo")
    assert camera.password == "only-a-demo"  # noqa: S105 - public


def test_the_pasted_lines_load() -> None:
    """With user, a place for the password, and the certificate to trust."""
    camera = Camera("probe", "https://bob:secret@camera:8443/live?x=1")
    text = configuration(camera, "ab" * 32)
    assert "secret" not in text
    (loaded,) = parse(text, Path("/etc/seda.toml"), {}).camera
    assert (loaded.name, loaded.url) == ("camera", "https://camera:8443/live?x=1")
    assert (loaded.user, loaded.password) == ("bob", "")
    assert loaded.trust is not None
    assert loaded.trust.fingerprint == "ab" * 32


def test_a_hidden_word_of_the_address_is_asked_for() -> None:
    """Pasted as it is, such an address would be refused, and nobody would see why."""
    text = configuration(Camera("probe", "http://camera/live?token=s3cret&x=1"))
    assert "s3cret" not in text
    assert 'url = "http://camera/live?token=***&x=1"  # put what it said where *** stands' in text
    assert "#" not in configuration(Camera("probe", "http://camera/?x=1")).split("url")[1]


@pytest.mark.parametrize("codec", ["libx264", "mjpeg"])
def test_a_film_is_called_what_it_is(
    codec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not what seda wraps it in on its way."""
    path = tmp_path / "film.avi"
    path.write_bytes(media.stream("avi", codec=codec, frames=75))
    assert probe.main([path.as_uri(), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["format"] == "file"
    assert report["summary"].startswith(
        f"a film from a file with {codec.replace('libx', 'h')}: 160x96, 25 frames/s"
    )
