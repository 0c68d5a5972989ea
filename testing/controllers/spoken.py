"""A controller that a test speaks for: real processes, real sockets, no engine."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import attrs

from conf.schema import StageSettings
from seda import wire
from seda.codec import encode_body
from seda.messages import Event, Payload
from seda.pipeline import Stage, StageOutput
from seda.processes import become_subreaper, prctl
from seda.protocol import Beat, Born, Call, Done, Fork, Message, Ready, Stop, Warm
from seda.stage_config import StageConfig
from testing.handlers.functions import Note
from testing.waiting import PATIENCE_S

_PR_SET_CHILD_SUBREAPER = 36

M = TypeVar("M")


@contextmanager
def subreaper() -> Iterator[None]:
    """Be a subreaper as controllers are, for a while."""
    become_subreaper()
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0)


def row(code: str, **changes: Any) -> Stage:
    """Return a row whose stage gives notes to one stage."""
    name = code.partition(":")[2]
    return Stage(name, code, ("note",), (StageOutput("note", "next"),), **changes)


def note(identity: str, text: str, **changes: Any) -> Event:
    """Return an event with a text for a body."""
    event = Event(identity, "note", "key", encode_body(Note(text)))
    return attrs.evolve(event, **changes)


def memory(content: bytes) -> Payload:
    """Describe sealed memory with this content."""
    return Payload("memory", len(content))


class Peer:
    """A link's end that waits for what is said."""

    def __init__(self, link: wire.Link) -> None:
        self.link = link

    def receive(self) -> tuple[Message, list[int]]:
        """Wait for the next message; raises Closed at the end."""
        while (got := self.link.receive()) is None:
            ready, _, _ = select.select([self.link], [], [], PATIENCE_S)
            assert ready, "nothing was said"
        return got

    def expect(self, kind: type[M]) -> M:
        """Wait for a message of this kind; heartbeats pass unless wanted."""
        return self.expect_with_descriptors(kind)[0]

    def expect_with_descriptors(self, kind: type[M]) -> tuple[M, list[int]]:
        """Wait for a message of this kind and its descriptors."""
        while True:
            message, descriptors = self.receive()
            if isinstance(message, kind):
                return message, descriptors
            assert isinstance(message, Beat), message

    def wait_closed(self) -> None:
        """Wait until the other end is gone, whatever it still says."""
        try:
            while True:
                wire.close_all(self.receive()[1])
        except wire.Closed:
            return


class Handler(Peer):
    """A handler that was asked for."""

    def __init__(self, link: wire.Link, output: int) -> None:
        super().__init__(link)
        self._output = output
        self._calls = 0
        self.pid = 0

    def ready(self) -> Ready:
        """Wait until it serves."""
        self.pid = self.expect(Born).pid
        return self.expect(Ready)

    def call_nowait(
        self, *events: Event, descriptors: tuple[int, ...] = (), pressure: int = 0
    ) -> None:
        """Hand out events; the descriptors are closed here."""
        self._calls += 1
        self.link.send(Call(self._calls, pressure, events), descriptors)
        wire.close_all(descriptors)

    def call(self, *events: Event, descriptors: tuple[int, ...] = (), pressure: int = 0) -> Done:
        """Hand out events and wait for the end of the call."""
        self.call_nowait(*events, descriptors=descriptors, pressure=pressure)
        return self.expect(Done)

    def expect_done(self) -> tuple[Done, list[int]]:
        """Wait for the end of a call and what comes along."""
        return self.expect_with_descriptors(Done)

    def stop(self) -> int:
        """Stop it politely and return its exit code."""
        self.link.send(Stop())
        return self.wait()

    def wait(self) -> int:
        """Wait until it has exited and reap it; a signal counts as a negative code."""
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def printed(self) -> str:
        """Return all that it printed, once nobody holds its output open any more."""
        with open(self._output, "rb", closefd=False) as output:
            return output.read().decode()

    def next_line(self) -> str:
        """Wait for one line of what it prints."""
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self._output], [], [], PATIENCE_S)
            assert ready, "nothing was printed"
            line += os.read(self._output, 1)
        return line.decode().strip()

    def close(self) -> None:
        """End it if it is still there."""
        self.link.close()
        os.close(self._output)
        if not self.pid:
            return  # it was never born
        try:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        except (ChildProcessError, ProcessLookupError):
            return


class Controller:
    """Starts one stage's processes from a row."""

    def __init__(self, stage: Stage, directory: Path, **changes: Any) -> None:
        config = StageConfig(
            row=stage,
            settings=stage.settings,
            successors={},
            streams=(),
            others=1,
            run_directory=str(directory),
            data_directory=str(directory),
            listening=-1,
            kept_state=-1,
        )
        self.config = attrs.evolve(config, **changes)
        self.handlers: list[Handler] = []
        self._processes: list[tuple[subprocess.Popen[bytes], wire.Link]] = []

    def start(self, *arguments: str) -> tuple[subprocess.Popen[bytes], Peer]:
        """Start the runtime with these arguments after the descriptors."""
        return self.start_by(sys.executable, "-P", "-m", "runtime", more=arguments)

    def start_by(
        self, *command: str, more: tuple[str, ...] = ()
    ) -> tuple[subprocess.Popen[bytes], Peer]:
        """Start a command with the two descriptors, and more, as its last arguments."""
        link, there = wire.pair()
        sealed = self.config.seal()
        process = subprocess.Popen(
            [*command, str(sealed), str(there.fileno()), *more],
            # Where what is printed waits in a buffer, as it does outside of tests.
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            pass_fds=[sealed, there.fileno(), *self.config.sockets.values()],
        )
        os.close(sealed)
        there.close()
        self._processes.append((process, link))
        return process, Peer(link)

    def warm(self) -> Peer:
        """Start a template and wait until it is warm."""
        self.template, self.control = self.start()
        warm = self.control.expect(Warm)
        assert warm == Warm(self.template.pid)
        return self.control

    def fork(self) -> Handler:
        """Have a handler made."""
        link, there = wire.pair()
        output, its_output = os.pipe()
        handler = Handler(link, output)
        self.handlers.append(handler)
        self.control.link.send(Fork(len(self.handlers)), [there.fileno(), its_output])
        there.close()
        os.close(its_output)
        return handler

    def handler(self) -> Handler:
        """Have the first handler made, and wait until it serves."""
        self.warm()
        handler = self.fork()
        handler.ready()
        return handler

    def close(self) -> None:
        """End everything."""
        for handler in self.handlers:
            handler.close()
        for process, link in self._processes:
            link.close()
            process.kill()
            process.wait()


@contextmanager
def controlling(stage: Stage, directory: Path, **changes: Any) -> Iterator[Controller]:
    """Control a stage for the time of a test."""
    with subreaper():
        controller = Controller(stage, directory, **changes)
        try:
            yield controller
        finally:
            controller.close()


def settings(**changes: Any) -> StageSettings:
    """Return settings with some changed."""
    return attrs.evolve(StageSettings(), **changes)


def connection_pair() -> tuple[socket.socket, Payload, int]:
    """Return a client's end, how a payload describes the other end, and that end's descriptor."""
    client, server = socket.socketpair()
    client.settimeout(PATIENCE_S)
    return client, Payload("connection", 0), server.detach()
