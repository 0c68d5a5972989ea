"""A write from the command line to the stage that runs: over the ring, as a browser's would be.

One end of a socket pair travels with the event in the place of a browser's connection; the answer
comes out of the other as HTTP. Nothing that is secret touches a disk or a log on the way.
"""

import http.client
import os
import select
import socket
import time
from pathlib import Path

from seda.codec import encode_body
from seda.messages import Event, Payload
from seda.requests import Ask
from seda.sender import Sender

LIMIT_S = 30.0
"""Longer than a stage takes to be replaced."""
_PUMP_S = 0.1


class NoAnswer(Exception):
    """The running stage did not answer; the words say what it came to."""


def send_local_request(path: Path, ask: Ask) -> tuple[int, bytes]:
    """Submit a write to the controller at this socket; return the answer's status and content."""
    here, there = socket.socketpair()
    sender = Sender(str(path), f"user-{os.getpid()}")
    identity = f"user/{os.getpid()}/{time.time_ns()}"
    event = Event(identity, "write", "local", encode_body(ask), (Payload("connection", 0),))
    with here:
        try:
            sender.submit(event, (there.detach(),))
            _wait(sender, here)
        finally:
            sender.close()
        here.settimeout(LIMIT_S)
        return _read(here)


def _wait(sender: Sender, here: socket.socket) -> None:
    """Pump until the answer begins."""
    give_up_s = time.monotonic() + LIMIT_S
    while time.monotonic() < give_up_s:
        for settlement in sender.pump():
            if settlement.outcome != "done":
                raise NoAnswer(f"the alarm stage took it and failed: {settlement.reason}")
        if sender.refused:
            raise NoAnswer(f"the alarm stage refuses: {sender.refused}")
        waited: list[socket.socket | Sender] = [here]
        waited += [sender] if sender.fileno() >= 0 else []
        ready, _, _ = select.select(waited, [], [], _PUMP_S)
        if here in ready:
            return
    raise NoAnswer(f"the alarm stage did not answer within {LIMIT_S:g} s")


def _read(here: socket.socket) -> tuple[int, bytes]:
    response = http.client.HTTPResponse(here)
    try:
        response.begin()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"the connection ended before the answer: {error}") from None
