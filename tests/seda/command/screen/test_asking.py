"""Asking what runs, where something answers that is not `live`."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seda.command.screen import asking
from seda.messages import SupervisorFigures
from seda.supervisor import directory
from seda.supervisor.directory import State


@contextmanager
def answering(content: bytes) -> Iterator[str]:
    """Answer every request with this content; give the address."""

    class Answerer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Answerer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[" * 100_000, b'{"source": "\xff"}', b'{"source": "live"}']
)
def test_an_answer_that_is_none_is_told_with_what_the_supervisor_knows(
    tmp_path: Path, content: bytes
) -> None:
    """Whoever listens there and whatever comes, there is a sentence and no traceback."""
    held = directory.take(tmp_path / "run")
    with answering(content) as address:
        held.write_state(State(SupervisorFigures(1, 1.0, "running", ()), address, 10.0))
        told = asking.ask(tmp_path / "run")
    held.close("")
    assert told.source == "supervisor's state file"
    assert f"live does not answer on {address}" in told.problem
