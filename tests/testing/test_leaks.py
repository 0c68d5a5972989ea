"""What one test leaves to the next is found, named and put back."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from testing.leaks import ProcessState, nothing_left_behind


def _leave_a_umask() -> None:
    os.umask(0o027)


def _leave_a_directory() -> None:
    os.chdir("/")


def _leave_an_environment() -> None:
    os.environ["SEDA_LEFT"] = "here"


def _leave_a_handler() -> None:
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)


def _leave_a_blocked_signal() -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])


def _leave_a_log() -> None:
    structlog.configure(wrapper_class=structlog.BoundLoggerBase)


@pytest.mark.parametrize(
    ("leave", "words"),
    [
        (_leave_a_umask, "umask: "),
        (_leave_a_directory, "working directory: "),
        (_leave_an_environment, "environment: SEDA_LEFT"),
        (_leave_a_handler, f"signal handlers: {int(signal.SIGUSR2)}"),
        (_leave_a_blocked_signal, "blocked signals: "),
        (_leave_a_log, "structlog settings: wrapper_class"),
    ],
)
def test_what_is_left_behind_is_named_and_put_back(leave: Callable[[], None], words: str) -> None:
    """The test that leaves it fails, and no other one."""
    before = ProcessState.now()
    with pytest.raises(AssertionError, match=words), nothing_left_behind():
        leave()
    assert before.differences(ProcessState.now()) == []


def test_what_is_put_back_in_time_is_nothing(tmp_path: Path) -> None:
    """A test may change what it restores."""
    with nothing_left_behind():
        umask = os.umask(0o077)
        (tmp_path / "mine").touch()
        os.umask(umask)
