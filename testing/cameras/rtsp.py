"""GStreamer's RTSP server with a test picture, a program for the system's Python, which has `gi`.

/usr/bin/python3 FILE PORT [basic|digest PASSWORD] [tls PEM]
"""

import subprocess
from pathlib import Path

import pytest

PYTHON = "/usr/bin/python3"
PROGRAM = """
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtspServer

LAUNCH = (
    "( videotestsrc is-live=1 ! video/x-raw,width=320,height=180,framerate=25/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 threads=1"
    " ! rtph264pay name=pay0 pt=96 )"
)
DIGEST = 2


def authentication(factory, method, password, pem):
    auth = GstRtspServer.RTSPAuth()
    if pem:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(pem))
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "user")
    if method == "digest":
        auth.set_supported_methods(DIGEST)
        auth.add_digest("admin", password, token)
    elif method == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic("admin", password), token)
    else:
        auth.set_default_token(token)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("user", "media.factory.access", True)
    permissions.add_permission_for_role("user", "media.factory.construct", True)
    factory.set_permissions(permissions)
    return auth


def main(port, *words):
    Gst.init(None)
    server = GstRtspServer.RTSPServer(service=port, address="127.0.0.1")
    factory = GstRtspServer.RTSPMediaFactory(shared=True)
    factory.set_launch(LAUNCH)
    asked = dict(zip(words[::2], words[1::2], strict=True))
    method = next((name for name in ("basic", "digest") if name in asked), "")
    if asked:
        server.set_auth(
            authentication(factory, method, asked.get(method, ""), asked.get("tls", ""))
        )
    server.get_mount_points().add_factory("/live", factory)
    if not server.attach(None):
        sys.exit("the port is taken")
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
"""


def command(folder: Path, port: int, *words: str) -> list[str]:
    """Return the command that serves at this port, or skip the test with the reason."""
    load = "import gi; gi.require_version('GstRtspServer', '1.0')"
    loading = [PYTHON, "-c", load]
    is_there = Path(PYTHON).exists()
    if not is_there or subprocess.run(loading, check=False, capture_output=True).returncode:
        pytest.skip("GStreamer's RTSP server is not installed (gir1.2-gst-rtsp-server-1.0)")
    file = folder / "rtsp_server.py"
    file.write_text(PROGRAM)
    return [PYTHON, str(file), str(port), *words]
