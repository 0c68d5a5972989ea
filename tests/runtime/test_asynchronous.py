"""An async stage's handler: many events at once, heartbeats, what nobody asked for, the stop."""

import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.asynchronous import GRACE_S, ROOM_OUTPUTS
from seda import wire
from seda.codec import decode_body
from seda.protocol import Beat, Done, Emit, Message, Room, Stop
from testing.controllers.spoken import Handler, connection_pair, controlling, note, row
from testing.handlers.functions import Note
from testing.waiting import PATIENCE_S

STAGE = "testing.handlers.asynchronous:serve"


@contextmanager
def serving(directory: Path, **changes: object) -> Iterator[Handler]:
    """Have one handler of the async stage."""
    stage = row(STAGE, handler="async", concurrency=16, **changes)
    with controlling(stage, directory) as controller:
        yield controller.handler()


def test_events_are_served_at_once(tmp_path: Path) -> None:
    """A later event is done while an earlier one waits for it."""
    with serving(tmp_path) as handler:
        handler.call_nowait(note("a", "wait"))
        handler.call_nowait(note("b", "release"))
        calls = {handler.expect(Done).call for _ in range(2)}
    assert calls == {1, 2}


def test_a_call_of_several_ends_with_the_last(tmp_path: Path) -> None:
    """Its events are served together, its results are in their order."""
    with serving(tmp_path) as handler:
        done = handler.call(note("a", "wait"), note("b", "raise"), note("c", "release"))
    assert [(result.id, result.outcome) for result in done.results] == [
        ("a", "done"),
        ("b", "failed"),
        ("c", "done"),
    ]
    assert done.results[0].outputs[0].event.id == "a.0"
    assert "ValueError: inside (testing.handlers.asynchronous:" in done.results[1].reason


def test_a_plain_function_answers_at_once_and_may_have_one_event_wait(tmp_path: Path) -> None:
    """Others pass the one that waits; what it raises fails its own event alone."""
    stage = row("testing.handlers.asynchronous:serve_plainly", handler="async", concurrency=16)
    with controlling(stage, tmp_path) as controller:
        handler = controller.handler()
        handler.call_nowait(note("a", "later wait"))
        assert texts(handler.call(note("b", "now"))) == ["at once"]
        assert handler.call(note("c", "raise")).results[0].outcome == "failed"
        handler.call_nowait(note("d", "now"), note("e", "later release"))
        done = {found.call: found for found in (handler.expect(Done), handler.expect(Done))}
        assert texts(done[1]) == ["later"]
        assert texts(done[4]) == ["at once", "later"]


def texts(done: Done) -> list[str]:
    """Return what the outputs of a call say."""
    outputs = [output for result in done.results for output in result.outputs]
    return [decode_body(output.event.body, Note).text for output in outputs]


def test_hearts_beat(tmp_path: Path) -> None:
    """Without any event a handler says again and again that it lives."""
    with serving(tmp_path) as handler:
        first, _ = handler.receive()
        second, _ = handler.receive()
    assert isinstance(first, Beat)
    assert isinstance(second, Beat)
    assert second.figures.memory_bytes > 0


def test_a_blocked_loop_falls_silent(tmp_path: Path) -> None:
    """Code that blocks the loop stops the heart, so its controller can tell."""
    with serving(tmp_path) as handler:
        handler.call_nowait(note("a", "block"))
        assert handler.next_line() == "blocking"
        while handler.link.receive() is not None:
            pass
        ready, _, _ = select.select([handler.link], [], [], 1.5)
        assert not ready


def emitted(handler: Handler, outputs: int) -> list[str]:
    """Wait for so many emitted outputs, however they are grouped; return their ids."""
    found: list[str] = []
    while len(found) < outputs:
        found += [output.event.id for output in handler.expect(Emit).outputs]
    return found


def test_emitted_outputs_wait_for_room(tmp_path: Path) -> None:
    """An emitter is ahead by what it was granted and no more."""
    with serving(tmp_path) as handler:
        handler.call_nowait(note("a", f"emit {ROOM_OUTPUTS + 3}"))
        found = emitted(handler, ROOM_OUTPUTS)
        assert isinstance(handler.receive()[0], Beat)
        handler.link.send(Room(3))
        found += emitted(handler, 3)
        assert handler.expect(Done).results[0].outcome == "done"
    assert found == [f"emitted-{number}" for number in range(ROOM_OUTPUTS + 3)]


def attempted(handler: Handler, outputs: int) -> tuple[Done, Emit]:
    """Have so many emitted without waiting; return the call's end and what was emitted."""
    handler.call_nowait(note("a", f"attempt {outputs}"))
    said: dict[type, Message] = {}
    while not {Done, Emit} <= said.keys():
        message, _ = handler.receive()
        said[type(message)] = message
    done, emit = said[Done], said[Emit]
    assert isinstance(done, Done)
    assert isinstance(emit, Emit)
    return done, emit


def test_emitting_without_waiting_says_whether_it_did(tmp_path: Path) -> None:
    """Beyond the room nothing is sent, and the code is told."""
    with serving(tmp_path) as handler:
        done, emit = attempted(handler, ROOM_OUTPUTS + 5)
    output = done.results[0].outputs[0]
    assert decode_body(output.event.body, Note) == Note(str(ROOM_OUTPUTS))
    assert len(emit.outputs) == ROOM_OUTPUTS


def test_what_is_emitted_at_once_leaves_together(tmp_path: Path) -> None:
    """One datagram, one system call and one wake of the controller for all of it."""
    with serving(tmp_path) as handler:
        _, emit = attempted(handler, 10)
    assert [output.event.id for output in emit.outputs] == [f"emitted-{n}" for n in range(10)]


def test_what_is_wrong_to_emit_fails_and_costs_no_room(tmp_path: Path) -> None:
    """An output made from an event cannot be emitted; the room it took comes back."""
    with serving(tmp_path) as handler:
        for number in range(ROOM_OUTPUTS + 1):
            done = handler.call(note(f"a{number}", "misemit"))
            assert "emit takes what context.output" in done.results[0].reason
        handler.call_nowait(note("b", "emit 1"))
        assert handler.expect(Emit).outputs[0].event.id == "emitted-0"


def test_a_connection_is_taken_over(tmp_path: Path) -> None:
    """A connection comes to the code as a socket of its own, closed by nobody else."""
    client, described, server = connection_pair()
    with client, serving(tmp_path) as handler:
        done = handler.call(note("a", "greet", payloads=(described,)), descriptors=(server,))
        assert client.recv(100) == b"hello"
        assert client.recv(100) == b""
    assert done.results[0].outcome == "done"


def test_run_answers_on_a_listening_socket(tmp_path: Path) -> None:
    """A stage may do something besides answering events, and is cancelled politely."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.setblocking(False)
        stage = row(STAGE, handler="async", has_network=True, listens=("door",))
        with controlling(stage, tmp_path, sockets={"door": door.fileno()}) as controller:
            handler = controller.handler()
            with socket.create_connection(door.getsockname(), PATIENCE_S) as client:
                assert client.recv(100) == b"welcome"
            assert handler.stop() == 0
            assert handler.printed() == "door closed\n"


def test_stop_waits_for_what_was_begun(tmp_path: Path) -> None:
    """Code that hears of the stop finishes its event, and the handler exits politely."""
    with serving(tmp_path) as handler:
        handler.call_nowait(note("a", "until stop"))
        handler.link.send(Stop())
        assert handler.expect(Done).results[0].outcome == "done"
        assert handler.wait() == 0


@pytest.mark.slow
def test_stop_cancels_what_does_not_end(tmp_path: Path) -> None:
    """After the grace the rest is cancelled and not answered, so that somebody else gets it."""
    assert GRACE_S < PATIENCE_S
    with serving(tmp_path) as handler:
        handler.call_nowait(note("a", "forever"))
        handler.link.send(Stop())
        assert handler.wait() == 0
        try:
            while True:
                message, _ = handler.receive()
                assert isinstance(message, Beat)
        except wire.Closed:
            pass


def test_a_controller_that_is_gone_ends_the_handler(tmp_path: Path) -> None:
    """Nobody is left to answer, so nothing is waited for."""
    with serving(tmp_path) as handler:
        handler.call_nowait(note("a", "forever"))
        handler.link.close()
        assert handler.wait() == 0


def test_a_run_that_raises_ends_the_handler(tmp_path: Path) -> None:
    """A stage whose own part broke is started anew (R9)."""
    stage = row("testing.handlers.async_broken:serve", handler="async")
    with controlling(stage, tmp_path) as controller:
        controller.warm()
        handler = controller.fork()
        handler.ready()
        assert handler.wait() == 1
        assert "RuntimeError: broken" in handler.printed()


def test_a_killed_async_handler_is_gone(tmp_path: Path) -> None:
    """SIGKILL works whatever the loop does."""
    with serving(tmp_path) as handler:
        handler.call_nowait(note("a", "block"))
        assert handler.next_line() == "blocking"
        os.kill(handler.pid, signal.SIGKILL)
        assert handler.wait() == -signal.SIGKILL
