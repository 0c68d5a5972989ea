"""Against servers that nobody here wrote: ffmpeg, nginx, motion and GStreamer's RTSP server."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from conf.schema import Camera
from stages.camera.probe import Report, probe, probe_blocking
from stages.camera.source.settings import needs_process
from testing.cameras import rtsp as rtsp_server
from testing.cameras import servers
from testing.films import media
from testing.ports import free_port

pytestmark = pytest.mark.slow
SECONDS = 25.0
TEST_PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-threads", "1")
MP4 = ("-f", "mp4", "-movflags", "empty_moov+frag_keyframe+default_base_moof")


def look(url: str) -> Report:
    camera = Camera("gate", url)
    if needs_process(camera):
        return probe_blocking(camera, SECONDS)
    return trio.run(probe, camera, SECONDS)


def ffmpeg(*arguments: str) -> list[str]:
    program = servers.find("ffmpeg")
    return [program, "-nostdin", "-loglevel", "error", "-re", *TEST_PICTURE, "-t", "60", *arguments]


@pytest.mark.parametrize(
    ("form", "codec", "arguments"),
    [
        ("mpegts", "h264", (*H264, "-f", "mpegts")),
        ("flv", "h264", (*H264, "-f", "flv")),
        ("fmp4", "h264", (*H264, *MP4)),
        ("mjpeg", "mjpeg", ("-c:v", "mjpeg", "-f", "mpjpeg")),
    ],
)
def test_ffmpeg_over_http(
    form: str, codec: str, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    """Ffmpeg as an HTTP camera in each wrapping is recognised and measured (R17)."""
    port = free_port()
    url, log = f"http://127.0.0.1:{port}/", tmp_path / "log"
    with servers.running(ffmpeg(*arguments, "-listen", "1", url), log) as process:
        servers.wait_listening(port, process, log)
        report = look(url)
    assert report.is_usable, report.summary
    assert report.format == form
    assert report.video is not None
    assert (report.video.codec, report.video.width_px, report.video.height_px) == (codec, 320, 180)
    assert report.video.frames_per_s == pytest.approx(25, rel=0.3)
    if form != "mjpeg":
        assert report.video.keyframe_interval_s == pytest.approx(1.0, abs=0.1)
    assert f'url = "{url}"' in report.configuration


@contextmanager
def nginx(root: Path, directives: str = "") -> Iterator[int]:
    """Serve a folder, by an nginx of our own."""
    program, port = servers.find("nginx"), free_port()
    log, configuration = root / "nginx.log", root / "nginx.conf"
    temporary = "".join(
        f"{kind}_temp_path {root}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration.write_text(
        f"daemon off; master_process off; pid {root}/pid; error_log {log};"
        f"events {{}} http {{ {temporary} access_log off; types {{"
        " application/vnd.apple.mpegurl m3u8; video/mp2t ts; image/jpeg jpg; }"
        f" server {{ listen 127.0.0.1:{port}; root {root}; {directives} }} }}"
    )
    command = [program, "-e", str(log), "-c", str(configuration), "-p", str(root)]
    with servers.running(command, root / "nginx.out") as process:
        servers.wait_listening(port, process, root / "nginx.out")
        yield port


def test_hls_from_nginx(tmp_path: Path) -> None:
    """A live list that ffmpeg writes and nginx serves is played."""
    hls = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "4", "-hls_flags", "delete_segments")
    log, playlist = tmp_path / "log", tmp_path / "live.m3u8"
    with (
        servers.running(ffmpeg(*H264, *hls, str(playlist)), log) as process,
        nginx(tmp_path) as port,
    ):
        servers.wait_file(playlist, process, log)
        report = look(f"http://127.0.0.1:{port}/live.m3u8")
    assert report.is_usable, report.summary
    assert report.format == "hls"
    assert report.video is not None
    assert report.video.width_px == 320


def test_basic_authentication_and_snapshots_from_nginx(tmp_path: Path) -> None:
    """A picture behind a password: without, with a wrong one, and with the right one."""
    (tmp_path / "snapshot.jpg").write_bytes(media.jpeg())
    secret = "corr3ct-horse"  # noqa: S105 - a test's own
    (tmp_path / "users").write_text(f"admin:{{PLAIN}}{secret}\n")
    directives = f"auth_basic camera; auth_basic_user_file {tmp_path}/users;"
    with nginx(tmp_path, directives) as port:
        host = f"127.0.0.1:{port}/snapshot.jpg"
        reports = [look(f"http://{user}{host}") for user in ("", "admin:no-h0rse@")]
        right = look(f"http://admin:{secret}@{host}")
    assert ["(401)" in report.summary for report in reports] == [True, True]
    assert right.is_usable
    assert (right.format, right.authentication) == ("jpeg", "basic")
    assert not any(word in repr((reports, right)) for word in (secret, "no-h0rse"))


def test_motion_as_a_camera(tmp_path: Path) -> None:
    """Debian's motion, which speaks MJPEG in a way of its own."""
    program, port = servers.find("motion"), free_port()
    film, configuration, log = tmp_path / "film.mp4", tmp_path / "motion.conf", tmp_path / "log"
    subprocess.run(
        [servers.find("ffmpeg"), "-loglevel", "error", *TEST_PICTURE, "-t", "30", *H264, film],
        check=True,
    )
    settings = {
        "netcam_url": f"file://{film}",
        "width": 320,
        "height": 176,
        "framerate": 10,
        "stream_port": port,
        "stream_localhost": "on",
        "stream_maxrate": 10,
        "webcontrol_port": 0,
        "picture_output": "off",
        "movie_output": "off",
        "target_dir": tmp_path,
    }
    configuration.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    command = [program, "-n", "-c", str(configuration), "-p", str(tmp_path / "pid")]
    with servers.running(command, log) as process:
        servers.wait_listening(port, process, log)
        for _ in range(4):  # motion drops its clients until it has a first picture to show
            report = look(f"http://127.0.0.1:{port}/")
            if report.is_usable:
                break
    assert report.is_usable, report.summary
    assert report.format == "mjpeg"


@contextmanager
def rtsp(tmp_path: Path, *arguments: str) -> Iterator[int]:
    """Serve a test picture over RTSP, by GStreamer."""
    port, log = free_port(), tmp_path / "log"
    command = rtsp_server.command(tmp_path, port, *arguments)
    with servers.running(command, log) as process:
        servers.wait_listening(port, process, log)
        yield port


@pytest.mark.parametrize("method", ["", "basic", "digest"])
def test_rtsp_from_gstreamer(method: str, tmp_path: Path) -> None:
    """RTSP over TCP, open and with a password, becomes chunks like any other."""
    secret = "corr3ct-horse"  # noqa: S105 - a test's own
    user = f"admin:{secret}@" if method else ""
    with rtsp(tmp_path, *([method, secret] if method else [])) as port:
        refused = look(f"rtsp://admin:no-h0rse@127.0.0.1:{port}/live") if method else None
        report = look(f"rtsp://{user}127.0.0.1:{port}/live")
    assert report.is_usable, report.summary
    assert report.video is not None
    assert (report.video.codec, report.video.width_px) == ("h264", 320)
    assert refused is None or "(401)" in refused.summary
    assert secret not in repr(report)
