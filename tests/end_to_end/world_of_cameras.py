"""Cameras that nobody here wrote, each a server that can be killed and started again.

ffmpeg, nginx, motion and GStreamer play them; the proxy alone is ours. Who is not installed is
absent, with the reason. Every password begins with MARK, so that one look finds any that leaked.
"""

import hashlib
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import pytest

from testing.cameras import rtsp, servers
from testing.ports import free_port

MARK = "l3ak"
"""Begins every password of these cameras."""
_ROOT = Path(__file__).parents[2]
_PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10,noise=alls=8:allf=t")
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-threads", "1")
_MP4 = ("-f", "mp4", "-movflags", "empty_moov+frag_keyframe+default_base_moof")
_HLS = ("-f", "hls", "-hls_time", "1", "-hls_list_size", "6")
_LASTS_S = 300
"""No server outlives a test that was killed for longer."""


@attrs.define
class Server:
    """A process, its command, and the port at which it is ready; 0 where that is told otherwise."""

    command: Sequence[str]
    log: Path
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until somebody listens."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(self.command, stdout=output, stderr=output)
        if self.port:
            servers.wait_listening(self.port, self._process, self.log)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@attrs.frozen
class Camera:
    """One camera: whose server it is, and what the configuration says of it."""

    server: str
    settings: str


@attrs.define
class World:
    """All servers by name, all cameras by name, and why some are absent."""

    folder: Path
    servers: dict[str, Server] = attrs.Factory(dict)
    cameras: dict[str, Camera] = attrs.Factory(dict)
    absent: dict[str, str] = attrs.Factory(dict)

    def configuration(self) -> str:
        """Return the cameras' part of a configuration."""
        return "".join(
            f'[[camera]]\nname = "{name}"\n{camera.settings}'
            for name, camera in self.cameras.items()
        )

    def start(self, only: Sequence[str] | None = None) -> None:
        """Start all servers, or those."""
        for name, server in self.servers.items():
            if only is None or name in only:
                server.start()

    def kill(self) -> None:
        """Kill all servers but those that only feed others."""
        for name, server in self.servers.items():
            if not name.startswith("feed"):
                server.kill()

    def close(self) -> None:
        """End everything."""
        for server in self.servers.values():
            server.kill()

    def fresh(self, name: str, command: Sequence[str], port: int) -> None:
        """Add a server."""
        self.servers[name] = Server(command, self.folder / f"{name}.log", port)


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Give every camera that can be played here, started."""
    found = World(folder)
    for names, make in _MAKERS.items():
        try:
            make(found)
        except pytest.skip.Exception as reason:
            found.absent.update(dict.fromkeys(names, str(reason)))
    with ExitStack() as stack:
        stack.callback(found.close)
        found.start()
        yield found


def _ffmpeg(*words: str) -> list[str]:
    start = (servers.find("ffmpeg"), "-nostdin", "-loglevel", "error", "-re", *_PICTURE)
    return [*start, "-t", str(_LASTS_S), *words]


def _streams(found: World) -> None:
    """Let ffmpeg serve a stream of each kind itself; it serves one client and ends with it."""
    outputs: Mapping[str, Sequence[str]] = {
        "mpegts": (*_H264, "-f", "mpegts"),
        "flv": (*_H264, "-f", "flv"),
        "fmp4": (*_H264, *_MP4),
        "mjpeg": ("-c:v", "mjpeg", "-f", "mpjpeg"),
    }
    for name, words in outputs.items():
        port = free_port()
        url = f"http://127.0.0.1:{port}/"
        found.fresh(name, _ffmpeg(*words, "-listen", "1", url), port)
        found.cameras[name] = Camera(name, f'url = "{url}"\n')


def _files(found: World) -> None:
    """Let ffmpeg write playlists and snapshots, and nginx serve them in all the ways it can."""
    program, root = servers.find("nginx"), found.folder / "www"
    for name in ("hls", "parts", "ranges", "shots"):
        (root / name).mkdir(parents=True)
    shape = {
        "hls": (*_HLS, "-hls_flags", "delete_segments"),
        "parts": (*_HLS, "-hls_segment_type", "fmp4", "-hls_flags", "delete_segments"),
        "ranges": (*_HLS, "-hls_flags", "single_file"),
    }
    for name, words in shape.items():
        found.fresh(f"feed-{name}", _ffmpeg(*_H264, *words, f"{root}/{name}/live.m3u8"), 0)
    shots = ("-r", "4", "-f", "image2", "-update", "1", "-atomic_writing", "1")
    found.fresh("feed-shots", _ffmpeg(*shots, f"{root}/shots/now.jpg"), 0)
    plain, secure = free_port(), free_port()
    certificate, key = certified(found.folder)
    (found.folder / "users").write_text(f"admin:{{PLAIN}}{MARK}-basic\n")
    auth = f"auth_basic camera; auth_basic_user_file {found.folder}/users;"
    temporary = "".join(
        f"{kind}_temp_path {found.folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    types = "application/vnd.apple.mpegurl m3u8; video/mp2t ts; video/mp4 m4s mp4; image/jpeg jpg;"
    (found.folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {found.folder}/pid; events {{}}"
        f" error_log {found.folder}/nginx.log; http {{ {temporary} access_log off;"
        f" types {{ {types} }} server {{ listen 127.0.0.1:{plain};"
        f" listen 127.0.0.1:{secure} ssl; ssl_certificate {certificate};"
        f" ssl_certificate_key {key}; root {root};"
        f" location /shots/ {{ {auth} }} location /open/ {{ alias {root}/shots/; }} }} }}"
    )
    configuration = ("-c", f"{found.folder}/nginx.conf", "-p", str(found.folder))
    command = [program, "-e", f"{found.folder}/nginx.log", *configuration]
    found.fresh("nginx", command, plain)
    here, there = f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
    often = "snapshot_every_s = 0.5\n"
    shown = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest()
    secret = f'user = "admin"\npassword = "{MARK}-basic"\n'
    cameras = {
        "hls": f'url = "{here}/hls/live.m3u8"\n',
        "hls-fmp4": f'url = "{here}/parts/live.m3u8"\n',
        "hls-ranges": f'url = "{here}/ranges/live.m3u8"\n',
        "basic": f'url = "{here}/shots/now.jpg"\n{secret}{often}',
        "basic-in-url": f'url = "http://admin:{MARK}-basic@127.0.0.1:{plain}/shots/now.jpg"\n',
        "by-fingerprint": f'url = "{there}/open/now.jpg"\n{often}'
        f'trust = {{ fingerprint = "{shown}" }}\n',
        "by-file": f'url = "{there}/hls/live.m3u8"\ntrust = {{ pem = "{certificate}" }}\n',
    }
    found.cameras |= {name: Camera("nginx", settings) for name, settings in cameras.items()}
    _proxied(found, here, there, shown)


def _proxied(found: World, here: str, there: str, shown: str) -> None:
    port = free_port()
    words = ("-P", "-m", "testing.cameras.proxy", str(port), f"user:{MARK}-proxy")
    found.fresh("proxy", ["/usr/bin/env", f"PYTHONPATH={_ROOT}", sys.executable, *words], port)
    proxy = f'proxy = "http://user:{MARK}-proxy@127.0.0.1:{port}"\nsnapshot_every_s = 0.5\n'
    found.cameras["proxied"] = Camera("proxy", f'url = "{here}/open/now.jpg"\n{proxy}')
    trust = f'trust = {{ fingerprint = "{shown}" }}\n'
    found.cameras["tunnelled"] = Camera("proxy", f'url = "{there}/open/now.jpg"\n{proxy}{trust}')


def certified(folder: Path) -> tuple[Path, Path]:
    """Return a certificate for loopback that nobody signed, and its key."""
    certificate, key = folder / "camera.crt", folder / "camera.key"
    if not certificate.exists():
        words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
        subject = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
        files = ("-keyout", str(key), "-out", str(certificate))
        command = [servers.find("openssl"), *words, *subject, *files]
        subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def _motion(found: World) -> None:
    program, port = servers.find("motion"), free_port()
    film = found.folder / "film.mp4"
    words = (servers.find("ffmpeg"), "-loglevel", "error", *_PICTURE, "-t", "20", *_H264, str(film))
    subprocess.run(words, check=True)
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
        "target_dir": found.folder,
    }
    file = found.folder / "motion.conf"
    file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    found.fresh(
        "motion", [program, "-n", "-c", str(file), "-p", f"{found.folder}/motion.pid"], port
    )
    found.cameras["motion"] = Camera("motion", f'url = "http://127.0.0.1:{port}/"\n')


def _rtsp(found: World) -> None:
    certificate, key = certified(found.folder)
    pair = found.folder / "pair.pem"
    pair.write_text(key.read_text() + certificate.read_text())
    secret = f"{MARK}-digest"
    for name, words in {"rtsp": (), "rtsps": ("tls", str(pair))}.items():
        port = free_port()
        command = rtsp.command(found.folder, port, "digest", secret, *words)
        found.fresh(name, command, port)
        url = f'url = "{name}://admin:{secret}@127.0.0.1:{port}/live"\n'
        trust = f'trust = {{ pem = "{certificate}" }}\n' if words else ""
        found.cameras[name] = Camera(name, url + trust)


_MAKERS = {
    ("mpegts", "flv", "fmp4", "mjpeg"): _streams,
    (
        "hls",
        "hls-fmp4",
        "hls-ranges",
        "basic",
        "basic-in-url",
        "by-fingerprint",
        "by-file",
        "proxied",
        "tunnelled",
    ): _files,
    ("motion",): _motion,
    ("rtsp", "rtsps"): _rtsp,
}
NAMES = tuple(name for names in _MAKERS for name in names)
"""Of every camera there may be."""
