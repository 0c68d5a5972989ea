"""A function stage's handler: what the controller is told, whatever the code does."""

import os
import signal
from pathlib import Path

import pytest

from seda import payload
from seda.codec import decode_body
from seda.messages import Payload
from seda.protocol import Result
from testing.controllers.spoken import connection_pair, controlling, memory, note, row, settings
from testing.handlers.functions import Note


def text_of(result: Result) -> list[str]:
    """Return the texts of what was given."""
    return [decode_body(output.event.body, Note).text for output in result.outputs]


def test_an_event_without_outputs_is_done(tmp_path: Path) -> None:
    """Code that gives nothing ends in one result, done (R5)."""
    with controlling(row("testing.handlers.functions:noop"), tmp_path) as controller:
        done = controller.handler().call(note("a", "x"))
    assert done.results == (Result("a", "done"),)
    assert done.figures.memory_bytes > 1_000_000
    assert done.figures.cpu_s > 0


def test_an_output_derives_from_its_input(tmp_path: Path) -> None:
    """Id, key, priority and age come from the input, what the code says from the code (R7)."""
    with controlling(row("testing.handlers.functions:echo"), tmp_path) as controller:
        event = note("a", "hi", priority=3, born_s=12.5)
        done = controller.handler().call(event)
    (output,) = done.results[0].outputs
    assert (output.to, output.event.id, output.event.key) == ("next", "a.0", "key")
    assert (output.event.priority, output.event.born_s, output.event.threat) == (3, 12.5, 0.5)
    assert decode_body(output.event.body, Note) == Note("HI")


def test_a_repeat_gives_the_same_ids(tmp_path: Path) -> None:
    """What is handled twice has outputs that its receivers recognise."""
    with controlling(row("testing.handlers.functions:echo"), tmp_path) as controller:
        handler = controller.handler()
        first, second = handler.call(note("a", "x")), handler.call(note("a", "x"))
    assert first.results == second.results


def test_counts_are_told_once(tmp_path: Path) -> None:
    """What the code counted is told with the call and then forgotten."""
    with controlling(row("testing.handlers.functions:echo"), tmp_path) as controller:
        handler = controller.handler()
        several = handler.call(note("a", "x"), note("b", "x"))
        one = handler.call(note("c", "x"))
    assert several.figures.counts == {"echoed": 2}
    assert one.figures.counts == {"echoed": 1}


def test_a_polite_drop_has_its_reason(tmp_path: Path) -> None:
    """The code drops with a word that is counted."""
    with controlling(row("testing.handlers.functions:drop"), tmp_path) as controller:
        done = controller.handler().call(note("a", "x"))
    assert done.results == (Result("a", "dropped", "dull"),)


def test_what_raises_fails_alone(tmp_path: Path) -> None:
    """An exception fails its own event of the call, says where, and the handler lives (R24)."""
    with controlling(row("testing.handlers.functions:refuse"), tmp_path) as controller:
        handler = controller.handler()
        done = handler.call(note("a", "fine"), note("b", "bad\nmarker"), note("c", "fine"))
        again = handler.call(note("d", "fine"))
    assert [result.outcome for result in done.results] == ["done", "failed", "done"]
    reason = done.results[1].reason
    assert reason.startswith("ValueError: bad marker (testing.handlers.functions:")
    assert reason.endswith(" in refuse)")
    assert again.results[0].outcome == "done"


def test_a_long_reason_is_cut(tmp_path: Path) -> None:
    """However long an exception's text is, the reason is bounded."""
    with controlling(row("testing.handlers.functions:refuse"), tmp_path) as controller:
        done = controller.handler().call(note("a", "x" * 10_000))
    assert len(done.results[0].reason) == 400


@pytest.mark.parametrize("text", ["nan", "inf", "1e300"])
def test_a_count_that_is_no_number_fails(tmp_path: Path, text: str) -> None:
    """One NaN would stay in every sum; the code that counts it fails instead."""
    with controlling(row("testing.handlers.functions:miscount"), tmp_path) as controller:
        done = controller.handler().call(note("a", text))
    assert "ValueError: cannot count" in done.results[0].reason
    assert done.figures.counts == {}


def test_a_reason_that_is_no_text_is_mended(tmp_path: Path) -> None:
    """What cannot be encoded in an exception's text does not cost the handler."""
    with controlling(row("testing.handlers.functions:stutter"), tmp_path) as controller:
        done = controller.handler().call(note("a", "x"))
    assert done.results[0].reason.startswith("ValueError: file ?")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("number", "instead of outputs"),
        ("text", "instead of outputs"),
        ("list", "which is no output"),
        ("kind", "the row of stage 'garbage' says: note to next"),
        ("successor", "'note' to 'nobody'"),
        ("threat", "no proper event"),
        ("header", "no treat in its header"),
        ("payload", "a payload is bytes, a socket or a received one, not 3"),
        ("large", "a datagram holds 65536"),
        ("many", "300 payloads, a datagram holds 250"),
        ("both", "dropped the same input"),
    ],
)
def test_garbage_fails_with_a_sentence(tmp_path: Path, text: str, reason: str) -> None:
    """What is no proper output never leaves the handler, which says why and lives on."""
    with controlling(row("testing.handlers.functions:garbage"), tmp_path) as controller:
        handler = controller.handler()
        done = handler.call(note("a", text))
        again = handler.call(note("b", text))
    assert done.results[0].outcome == "failed"
    assert reason in done.results[0].reason
    assert again.results[0].reason == done.results[0].reason


def test_too_large_together_fails_all(tmp_path: Path) -> None:
    """Outputs that fit alone but not together make the call fail, to be repeated one by one."""
    with controlling(row("testing.handlers.functions:swell"), tmp_path) as controller:
        handler = controller.handler()
        alone, together = (
            handler.call(note("a", "40000")),
            handler.call(note("a", "40000"), note("b", "40000")),
        )
    assert alone.results[0].outcome == "done"
    assert [result.outcome for result in together.results] == ["failed", "failed"]
    assert "too large together" in together.results[0].reason


def test_a_payload_is_read_made_and_passed_on(tmp_path: Path) -> None:
    """The input's payload is mapped when read; passed on it is named, not sent again."""
    with controlling(row("testing.handlers.functions:payloads"), tmp_path) as controller:
        handler = controller.handler()
        event = note("a", "x", payloads=(memory(b"pixels"),))
        handler.call_nowait(event, descriptors=(payload.make(b"pixels"),))
        done, descriptors = handler.expect_done()
    (made,) = descriptors
    assert done.results[0].outputs[0].event.payloads == (
        Payload("memory", 8),
        Payload("memory", 6, of_input=0),
    )
    with payload.view(made, 8) as content:
        assert bytes(content) == b"<pixels>"
    os.close(made)


def test_a_lying_payload_fails_its_event_when_read(tmp_path: Path) -> None:
    """Memory that is not as its event says is refused before it is mapped; unread it passes."""
    with controlling(row("testing.handlers.functions:payloads"), tmp_path) as controller:
        event = note("a", "x", payloads=(memory(b"a larger one"),))
        done = controller.handler().call(event, descriptors=(payload.make(b"small"),))
    assert "PayloadError: the payload holds 5 bytes" in done.results[0].reason
    with controlling(row("testing.handlers.functions:unseen"), tmp_path) as controller:
        done = controller.handler().call(event, descriptors=(payload.make(b"small"),))
    assert done.results[0].outcome == "done"


def test_a_connection_is_taken_over(tmp_path: Path) -> None:
    """A connection comes to the code as a socket of its own."""
    client, described, server = connection_pair()
    with client, controlling(row("testing.handlers.functions:greet"), tmp_path) as controller:
        done = controller.handler().call(
            note("a", "x", payloads=(described,)), descriptors=(server,)
        )
        assert client.recv(100) == b"hello"
        assert client.recv(100) == b""
    assert done.results[0].outcome == "done"


def test_descriptors_of_a_call_are_closed(tmp_path: Path) -> None:
    """Read, made or passed on: fifty calls leave no more open than one."""
    with controlling(row("testing.handlers.functions:payloads"), tmp_path) as controller:
        handler = controller.handler()
        event = note("a", "x", payloads=(memory(b"pixels"),))
        for _ in range(50):
            handler.call_nowait(event, descriptors=(payload.make(b"pixels"),))
            _, descriptors = handler.expect_done()
            os.close(descriptors[0])
        # Four of its own; what it just sent it may be about to close.
        assert len(os.listdir(f"/proc/{handler.pid}/fd")) <= 6  # noqa: PTH208 - only counted


def test_a_stage_may_take_a_whole_call(tmp_path: Path) -> None:
    """A function marked so gets all events; its outputs find their inputs in any order."""
    with controlling(row("testing.handlers.functions:together"), tmp_path) as controller:
        done = controller.handler().call(*(note(name, "x") for name in "abc"))
    assert [result.id for result in done.results] == ["a", "b", "c"]
    assert [text_of(result) for result in done.results] == [["0 of 3"], ["1 of 3"], ["2 of 3"]]


def test_a_whole_call_fails_together(tmp_path: Path) -> None:
    """When code that takes all events raises, all failed; the controller repeats one by one."""
    with controlling(row("testing.handlers.functions:together"), tmp_path) as controller:
        done = controller.handler().call(note("a", "x"), note("b", "poison"))
    assert [result.outcome for result in done.results] == ["failed", "failed"]
    assert "poison" in done.results[0].reason


def test_pressure_reaches_the_code(tmp_path: Path) -> None:
    """The level of a call is what the code sees, to leave out what the row's ladder says."""
    with controlling(row("testing.handlers.functions:describe"), tmp_path) as controller:
        done = controller.handler().call(note("a", "x"), pressure=3)
    assert "] 3 /dev/null" in text_of(done.results[0])[0]


def test_a_leak_ends_one_handler_only(tmp_path: Path) -> None:
    """Past its limit the code gets MemoryError; the handler ends without an answer (R24)."""
    small = settings(memory_limit_bytes=256 * 1024 * 1024)
    stage = row("testing.handlers.functions:leak", settings=small)
    with controlling(stage, tmp_path) as controller:
        handler = controller.handler()
        handler.call_nowait(note("a", "x"))
        assert handler.wait() == 1
        assert "memory_limit_bytes" in handler.printed()
        other = controller.fork()
        assert other.ready()
        assert other.stop() == 0


def test_what_is_printed_comes_out_of_the_pipe(tmp_path: Path) -> None:
    """Whatever writes to standard output or error ends in the controller's pipe, in full."""
    with controlling(row("testing.handlers.functions:chatter"), tmp_path) as controller:
        handler = controller.handler()
        handler.call(note("a", "x"))
        assert handler.stop() == 0
        assert sorted(handler.printed().split("\n")) == [
            "",
            "from below",
            "from python",
            "to stderr",
        ]


def test_code_that_ends_the_process_ends_it_alone(tmp_path: Path) -> None:
    """The exit code is the code's own, and the template makes another handler (R9)."""
    with controlling(row("testing.handlers.functions:quit_now"), tmp_path) as controller:
        handler = controller.handler()
        handler.call_nowait(note("a", "x"))
        assert handler.wait() == 7
        handler.wait_closed()
        assert controller.fork().ready()


def test_a_crash_prints_its_stack(tmp_path: Path) -> None:
    """A bug in a library ends the handler by its signal and leaves a stack in the log (R24)."""
    with controlling(row("testing.handlers.functions:crash"), tmp_path) as controller:
        handler = controller.handler()
        handler.call_nowait(note("a", "x"))
        assert handler.wait() == -signal.SIGSEGV
        assert "in crash" in handler.printed()


def test_a_hanging_handler_can_be_killed(tmp_path: Path) -> None:
    """It says nothing more, and nobody else notices."""
    with controlling(row("testing.handlers.functions:hang"), tmp_path) as controller:
        handler = controller.handler()
        handler.call_nowait(note("a", "x"))
        other = controller.fork()
        other.ready()
        os.kill(handler.pid, signal.SIGKILL)
        assert handler.wait() == -signal.SIGKILL
        assert other.stop() == 0


def test_code_that_ignores_sigterm_can_be_killed(tmp_path: Path) -> None:
    """SIGTERM may be ignored by the code; SIGKILL ends it."""
    with controlling(row("testing.handlers.functions:ignore_sigterm"), tmp_path) as controller:
        handler = controller.handler()
        handler.call_nowait(note("a", "x"))
        assert handler.next_line() == "deaf"
        os.kill(handler.pid, signal.SIGTERM)
        assert handler.next_line() == "no"
        os.kill(handler.pid, signal.SIGKILL)
        assert handler.wait() == -signal.SIGKILL


def test_an_interrupt_at_the_terminal_is_the_controllers(tmp_path: Path) -> None:
    """SIGINT reaches the whole group; a handler goes on until its controller says stop."""
    with controlling(row("testing.handlers.functions:noop"), tmp_path) as controller:
        handler = controller.handler()
        os.kill(handler.pid, signal.SIGINT)
        assert handler.call(note("a", "x")).results[0].outcome == "done"


def test_a_child_of_a_handler_comes_to_the_controller(tmp_path: Path) -> None:
    """What a handler leaves behind is the controller's to end."""
    with controlling(row("testing.handlers.functions:breed"), tmp_path) as controller:
        handler = controller.handler()
        handler.call_nowait(note("a", "x"))
        child = int(handler.next_line().split()[1])
        assert handler.wait() == 9
        os.kill(child, signal.SIGKILL)
        assert os.waitpid(child, 0)[0] == child


def test_a_controller_that_is_gone_ends_the_handler(tmp_path: Path) -> None:
    """The end of its socket is a polite stop, too."""
    with controlling(row("testing.handlers.functions:noop"), tmp_path) as controller:
        handler = controller.handler()
        handler.link.close()
        assert handler.wait() == 0
