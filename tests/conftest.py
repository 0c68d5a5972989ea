"""What every test may use: data where there is some, and trio for async tests."""

import functools
import inspect
import random
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import HealthCheck, settings

from testing.data import DATA
from testing.leaks import nothing_left_behind

# How long an example takes says more of what else the machine does than of what is tested.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the order of the tests be another one."""
    words = "run the files, and the tests of each, in an order drawn from this seed"
    parser.addoption("--shuffle", type=int, metavar="SEED", help=words)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle by file, so that what a file's tests share is set up once all the same."""
    seed = config.getoption("--shuffle")
    if seed is not None:
        drawn = random.Random(seed)
        files = {item.path: drawn.random() for item in sorted(items, key=lambda it: it.nodeid)}
        items.sort(key=lambda item: (files[item.path], drawn.random()))


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves its process another one than it found."""
    with nothing_left_behind():
        yield


@pytest.fixture(scope="session")
def seda_data() -> Path:
    """Return the folder of videos and pictures that are no part of the repository."""
    if not DATA.is_dir():
        pytest.skip(f"no data at {DATA}: set SEDA_DATA to where it is")
    return DATA


@pytest.fixture
def autojump_clock() -> trio.testing.MockClock:
    """Let an async test's time jump to when something happens next."""
    return trio.testing.MockClock(autojump_threshold=0)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> None:
    """Run async tests in trio, on the mock clock where they ask for one."""
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        asked: Any = pyfuncitem.funcargs.get("autojump_clock")
        pyfuncitem.obj = functools.partial(_run, pyfuncitem.obj, asked)


def _run(
    test: Callable[..., Awaitable[None]], clock: trio.abc.Clock | None, **arguments: Any
) -> None:
    trio.run(functools.partial(test, **arguments), clock=clock, strict_exception_groups=True)
