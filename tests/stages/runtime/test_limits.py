"""What a handler can not reach. What the kernel of the test machine lacks shows as a note."""

import errno
import resource
from pathlib import Path

import pytest

from seda.protocol import Ready, Result
from stages.runtime import landlock, limits, seccomp
from tests.fakes.controller import Controller, controlling, note, row

STAGE = "tests.fakes.stages:reach"


def notes_of(controller: Controller) -> tuple[Ready, Result]:
    """Start a handler and have it try nothing; return what it said."""
    controller.warm()
    handler = controller.fork()
    return handler.ready(), handler.call(note("a", "nothing")).results[0]


def attempt(tmp_path: Path, what: str, **changes: object) -> Result:
    """Return what became of an event that tries something."""
    with controlling(row(STAGE, **changes), tmp_path) as controller:
        controller.warm()
        handler = controller.fork()
        missing = handler.ready().notes
        if missing:
            pytest.skip(f"this kernel does not give everything: {missing}")
        return handler.call(note("a", what)).results[0]


@pytest.mark.parametrize("what", ["network", "elsewhere", "kill"])
def test_a_handler_can_not(tmp_path: Path, what: str) -> None:
    """Open the network, write outside its directory, or signal its controller."""
    result = attempt(tmp_path, what)
    assert result.outcome == "failed"
    assert result.reason.startswith("PermissionError")


@pytest.mark.parametrize("what", ["nothing", "local"])
def test_a_handler_can(tmp_path: Path, what: str) -> None:
    """Write in its own directory, and use local sockets as libraries do."""
    assert attempt(tmp_path, what).outcome == "done"
    assert (tmp_path / "reach" / "own").read_text() == "fine"


def test_a_stage_with_network_opens_it(tmp_path: Path) -> None:
    """The row says who may."""
    assert attempt(tmp_path, "network", has_network=True).outcome == "done"


def test_an_exec_handler_is_limited_too(tmp_path: Path) -> None:
    """Started by exec, the limits are taken before the code is imported."""
    with controlling(row("tests.fakes.reaching:handle", start="exec"), tmp_path) as controller:
        process, peer = controller.start("--handler")
        peer.wait_closed()
        assert process.wait() == 78


def test_limits_of_resources_are_taken(tmp_path: Path) -> None:
    """Memory, core dumps, files and descriptors of a handler have the row's bounds."""
    with controlling(row(STAGE), tmp_path) as controller:
        handler = controller.handler()
        memory_bytes = controller.charter.settings.memory_limit_bytes
        for limit, value in (
            (resource.RLIMIT_DATA, memory_bytes),
            (resource.RLIMIT_FSIZE, memory_bytes),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, 1024),
        ):
            assert resource.prlimit(handler.pid, limit) == (value, value)
        assert int(Path(f"/proc/{handler.pid}/oom_score_adj").read_bytes()) >= 500


def test_what_the_kernel_does_not_give_is_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing protection is told in words and stops nothing."""

    def lacking(*_: object) -> None:
        raise OSError(errno.ENOSYS, "Function not implemented")

    for module, name in (
        (landlock, "refuse_writing"),
        (seccomp, "refuse_network"),
        (seccomp, "refuse_new_privileges"),
        (resource, "setrlimit"),
    ):
        monkeypatch.setattr(module, name, lacking)
    monkeypatch.setattr(limits, "_go_first", lacking)
    with controlling(row(STAGE), tmp_path) as controller:
        notes = limits.take(controller.charter)
    assert len(notes) == 8
    assert "the network is not refused: [Errno 38] Function not implemented" in notes


def test_an_old_landlock_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that refuses writing but not signals gives a note that says so."""
    monkeypatch.setattr(landlock, "refuse_writing", lambda _: 3)
    with (
        controlling(row(STAGE), tmp_path) as controller,
        pytest.raises(OSError, match="signals to other processes"),
    ):
        limits._refuse_writing(controller.charter)
