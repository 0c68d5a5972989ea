"""What a handler cannot reach. What the kernel of the test machine lacks shows as a note."""

import errno
import resource
from pathlib import Path

import pytest

from runtime.sandbox import capabilities, landlock, limits, places, seccomp
from seda.protocol import Ready, Result
from testing.controllers.spoken import Controller, controlling, note, row
from testing.kernel import FILES, SOCKETS, Protection, require

STAGE = "testing.handlers.functions:reach"


def notes_of(controller: Controller) -> tuple[Ready, Result]:
    """Start a handler and have it try nothing; return what it said."""
    controller.warm()
    handler = controller.fork()
    return handler.ready(), handler.call(note("a", "nothing")).results[0]


NEEDS = {
    "network": (SOCKETS,),
    "local": (SOCKETS,),
    "elsewhere": (FILES,),
    "look": (FILES,),
    "kill": (FILES,),
}
"""By what is tried: what refuses it."""


def attempt(tmp_path: Path, what: str, *needed: Protection, **changes: object) -> Result:
    """Return what became of an event that tries something."""
    with controlling(row(STAGE, **changes), tmp_path) as controller:
        controller.warm()
        handler = controller.fork()
        require(handler.ready().notes, *needed)
        return handler.call(note("a", what)).results[0]


@pytest.mark.parametrize("what", NEEDS)
def test_a_handler_can_not(tmp_path: Path, what: str) -> None:
    """Open the network or a local socket, write or read elsewhere, or signal its controller."""
    (tmp_path / "elsewhere").write_text("a secret")
    result = attempt(tmp_path, what, *NEEDS[what])
    assert result.outcome == "failed"
    assert result.reason.startswith("PermissionError")


@pytest.mark.parametrize("what", ["nothing", "pair", "library"])
def test_a_handler_can(tmp_path: Path, what: str) -> None:
    """Write in its own directory, use pairs of sockets as libraries do, and read code."""
    assert attempt(tmp_path, what).outcome == "done"
    assert (tmp_path / "reach" / "own").read_text() == "fine"


@pytest.mark.parametrize("what", ["network", "local"])
def test_a_stage_with_network_opens_it(tmp_path: Path, what: str) -> None:
    """The row says who may."""
    assert attempt(tmp_path, what, has_network=True).outcome == "done"


def test_a_handler_reads_what_it_was_granted(tmp_path: Path) -> None:
    """A model may lie anywhere, in the data directory too."""
    (tmp_path / "elsewhere").write_text("a model")
    granted = (str(tmp_path / "elsewhere"),)
    with controlling(row(STAGE), tmp_path, granted=granted) as controller:
        assert controller.handler().call(note("a", "look")).results[0].outcome == "done"


def test_of_a_folder_of_code_the_code_alone_is_read(tmp_path: Path) -> None:
    """A configuration beside it is not, nor data."""
    (tmp_path / "package").mkdir()
    (tmp_path / "data").mkdir()
    for name in ("package/__init__.py", "module.py", "seda.toml", "backup.zip"):
        (tmp_path / name).touch()
    found = {path.name for path in places._code(tmp_path)}
    assert found == {"package", "module.py"}
    assert list(places._code(tmp_path / "backup.zip")) == [tmp_path / "backup.zip"]
    assert list(places._code(tmp_path / "nowhere")) == []


def test_code_around_the_data_directory_is_said(tmp_path: Path) -> None:
    """Then it cannot be kept from reading, and the words say what to do."""
    (tmp_path / "site-packages" / "data").mkdir(parents=True)
    found = places.overlaps((tmp_path / "site-packages",), tmp_path / "site-packages" / "data")
    assert found == [tmp_path / "site-packages"]
    assert places.overlaps((tmp_path / "site-packages",), tmp_path / "data") == []


def test_an_exec_handler_is_limited_too(tmp_path: Path) -> None:
    """Started by exec, the limits are taken before the code is imported."""
    with controlling(row("testing.handlers.reaching:handle", start="exec"), tmp_path) as controller:
        process, peer = controller.start("--handler")
        peer.wait_closed()
        assert process.wait() == 78


def test_limits_of_resources_are_taken(tmp_path: Path) -> None:
    """Memory, core dumps, files and descriptors of a handler have the row's bounds."""
    with controlling(row(STAGE), tmp_path) as controller:
        handler = controller.handler()
        memory_bytes = controller.config.settings.memory_limit_bytes
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
        (landlock, "restrict"),
        (seccomp, "refuse_sockets"),
        (seccomp, "refuse_new_privileges"),
        (capabilities, "drop"),
        (resource, "setrlimit"),
    ):
        monkeypatch.setattr(module, name, lacking)
    monkeypatch.setattr(limits, "_go_first", lacking)
    with controlling(row(STAGE), tmp_path) as controller:
        notes = limits.take(controller.config)
    assert len(notes) == 9
    assert "sockets are not refused: [Errno 38] Function not implemented" in notes


def test_an_old_landlock_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that refuses writing but not signals gives a note that says so."""
    monkeypatch.setattr(landlock, "restrict", lambda *_: 3)
    with (
        controlling(row(STAGE), tmp_path) as controller,
        pytest.raises(OSError, match="signals to other processes"),
    ):
        limits._refuse_files(controller.config)
