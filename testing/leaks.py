"""What a test may leave behind in its process for the next one: compared, and put back.

The next test is another one when the order is another one, so a test that passes in the order of
the files fails in a different one, or what it shows is not what it says.
"""

import contextlib
import logging
import os
import resource
import signal
from collections.abc import Iterator, Mapping

import attrs
import structlog

_PYTESTS_OWN = frozenset({"PYTEST_CURRENT_TEST"})
_ASIDE = (signal.SIGKILL, signal.SIGSTOP, signal.SIGALRM)
"""Nobody handles the first two; by the last one pytest-timeout ends what hangs."""


@attrs.frozen
class ProcessState:
    """What every test of a process shares with the others."""

    umask: int
    working_directory: str
    environment: Mapping[str, str]
    signal_handlers: Mapping[int, object]
    blocked_signals: frozenset[int]
    open_files_limit: tuple[int, int]
    log_handlers: tuple[logging.Handler, ...]
    structlog_settings: Mapping[str, object]

    @classmethod
    def now(cls) -> "ProcessState":
        """Return the state as it is."""
        umask = os.umask(0o077)
        os.umask(umask)
        return cls(
            umask,
            os.getcwd(),  # noqa: PTH109 - compared as it is, without being resolved
            {name: text for name, text in os.environ.items() if name not in _PYTESTS_OWN},
            {it: signal.getsignal(it) for it in signal.valid_signals() if it not in _ASIDE},
            frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
            resource.getrlimit(resource.RLIMIT_NOFILE),
            tuple(logging.getLogger().handlers),
            structlog.get_config(),
        )

    def differences(self, other: "ProcessState") -> list[str]:
        """Return a sentence for each part that is another one in the other state."""
        return [
            f"{field.name.replace('_', ' ')}: {_change(was, is_now)}"
            for field in attrs.fields(type(self))
            if (was := getattr(self, field.name)) != (is_now := getattr(other, field.name))
        ]

    def put_back(self) -> None:
        """Bring this state back, so that one test's leak fails that test alone."""
        os.umask(self.umask)
        os.chdir(self.working_directory)
        for name in os.environ.keys() - self.environment.keys() - _PYTESTS_OWN:
            del os.environ[name]
        os.environ.update(self.environment)
        for number, handler in self.signal_handlers.items():
            if signal.getsignal(number) != handler and handler is not None:
                signal.signal(number, handler)  # type: ignore[arg-type]  # as it was given
        signal.pthread_sigmask(signal.SIG_SETMASK, self.blocked_signals)
        with contextlib.suppress(ValueError):  # a lowered hard limit stays lowered
            resource.setrlimit(resource.RLIMIT_NOFILE, self.open_files_limit)
        logging.getLogger().handlers[:] = self.log_handlers
        structlog.configure(**self.structlog_settings)  # type: ignore[arg-type]  # its own


def _change(was: object, is_now: object) -> str:
    """Say what changed; of a mapping the names that differ, since values may be long or secret."""
    if isinstance(was, Mapping) and isinstance(is_now, Mapping):
        names = {it for it in was.keys() | is_now.keys() if was.get(it) != is_now.get(it)}
        return ", ".join(sorted(map(str, names)))
    return f"{was!r} became {is_now!r}"


@contextlib.contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Fail what leaves the process changed, naming each thing, and put it back."""
    before = ProcessState.now()
    yield
    left = before.differences(ProcessState.now())
    if left:
        before.put_back()
        raise AssertionError("left behind for the next test: " + "; ".join(left))
