"""What the spotters' side is compared with: uvicorn with a constant, nginx with a file.

Each serves the same bytes from one process, as far as it is installed.
"""

import importlib.util
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.bench.browsers import Address
from testing.ports import free_port

READY_LIMIT_S = 15.0
_ROOT = Path(__file__).parents[2]
_NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 10000000;
  keepalive_timeout 3600;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    root {folder};
    default_type image/jpeg;
  }}
}}
"""


class Missing(Exception):
    """A comparison is not installed."""


@contextmanager
def uvicorn(size_bytes: int) -> Iterator[Address]:
    """Have uvicorn with h11 answer everything with so many bytes."""
    if importlib.util.find_spec("uvicorn") is None:
        raise Missing("uvicorn is not installed (it is in the group dev of pyproject.toml)")
    port = free_port()
    words = ["--http", "h11", "--loop", "asyncio", "--no-access-log", "--log-level", "error"]
    words += ["--timeout-keep-alive", "3600"]
    command = [sys.executable, "-P", "-m", "uvicorn", "scripts.bench.constant:application"]
    with _serving([*command, *words, "--port", str(port)], port, size_bytes) as address:
        yield address


@contextmanager
def nginx(content: bytes) -> Iterator[Address]:
    """Have nginx serve a file with this content at /image.jpg."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise Missing("nginx is not installed")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="seda-bench-") as folder:
        Path(folder).chmod(0o755)  # its worker may be another user
        Path(folder, "image.jpg").write_bytes(content)
        config = Path(folder, "nginx.conf")
        config.write_text(_NGINX.format(folder=folder, port=port))
        with _serving([program, "-p", folder, "-c", str(config)], port, 0) as address:
            yield address


@contextmanager
def _serving(command: list[str], port: int, size_bytes: int) -> Iterator[Address]:
    environment = {"PYTHONPATH": str(_ROOT), "SEDA_BENCH_BYTES": str(size_bytes), "PATH": "/bin"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        address = ("127.0.0.1", port)
        _wait_for(address)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: Address) -> None:
    until_s = time.monotonic() + READY_LIMIT_S
    while time.monotonic() < until_s:
        try:
            socket.create_connection(address, 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing listens on {address} after {READY_LIMIT_S:g} s")
