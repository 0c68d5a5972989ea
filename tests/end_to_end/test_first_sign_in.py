"""From `seda run` on a terminal to being signed in, with `seda user` beside it: real processes."""

import contextlib
import http.client
import json
import os
import pty
import re
import select
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from seda.supervisor import directory
from testing.ports import free_port
from testing.running.supervised import command, environment
from testing.waiting import PATIENCE_S

CONFIGURATION = """\
operations_address = "127.0.0.1:{}"
[web]
address = "127.0.0.1:{}"
[[camera]]
name = "gate"
url = "http://127.0.0.1:9/gate"
"""
PIPELINE = ("--pipeline", "testing.running.pipelines:RING")
LINK = re.compile(r"to sign in +(http://\S+)#link=(\S+)")


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run seda on a terminal; give its greeting."""
    (folder / "seda.toml").write_text(CONFIGURATION.format(free_port(), free_port()))
    terminal, its_end = pty.openpty()
    process = subprocess.Popen(
        command("run", *PIPELINE),
        cwd=folder,
        env=environment(has_fakes=False),
        stdout=its_end,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_end)
    try:
        yield read_greeting(terminal)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        os.close(terminal)


def read_greeting(terminal: int) -> str:
    """Read what stands on the terminal."""
    greeting = ""
    while "to stop it" not in greeting:
        ready, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert ready, greeting
        greeting += os.read(terminal, 4096).decode()
    return greeting


def user(folder: Path, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run `seda user` beside it."""
    return subprocess.run(
        command("user", *arguments, *PIPELINE),
        cwd=folder,
        env=environment(has_fakes=False),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def sign_in(address: str, secret: str) -> tuple[int, str]:
    """Redeem a link; return the status and who is signed in."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_S)
    try:
        headers = {"Content-Type": "application/json", "Origin": f"http://{parts.netloc}"}
        body = json.dumps({"secret": secret})
        connection.request("POST", "/api/v1/session/link", body, headers)
        answer = connection.getresponse()
        content = json.loads(answer.read())
        return answer.status, content.get("name", content)
    finally:
        connection.close()


@pytest.mark.slow
def test_a_person_comes_in_by_the_link_on_the_terminal(tmp_path: Path) -> None:
    """Once; others are added meanwhile through the running stage, and their links work too."""
    with running(tmp_path) as greeting:
        found = LINK.search(greeting)
        assert found, greeting
        address, secret = found[1], found[2]
        assert sign_in(address, secret) == (200, "admin")
        assert sign_in(address, secret)[0] == 401
        added = user(tmp_path, "add", "anna", "--scope", "gate", typed="correct horse battery\n")
        assert added.returncode == 0, added.stderr
        twice = user(tmp_path, "add", "anna", typed="correct horse battery\n")
        assert (twice.returncode, "anna already" in twice.stderr) == (1, True)
        assert "anna" in user(tmp_path, "list").stdout
        link = user(tmp_path, "link", "anna")
        other_address, _, other_secret = link.stdout.strip().partition("#link=")
        assert other_address == address
        assert sign_in(address, other_secret) == (200, "anna")
    assert directory.find_holder(tmp_path / "run") is None
    written = [it.read_bytes() for it in tmp_path.rglob("*") if it.is_file()]
    assert not any(secret.encode() in content for content in written)


@pytest.mark.slow
def test_a_second_start_makes_no_link(tmp_path: Path) -> None:
    """There is somebody who can make one."""
    with running(tmp_path) as greeting:
        assert LINK.search(greeting)
    with running(tmp_path) as greeting:
        assert "the pages" in greeting
        assert "#link" not in greeting
