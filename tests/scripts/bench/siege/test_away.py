"""Cameras that are not there: what the bench looks at for an hour, looked at for a moment."""

import socket

import pytest

from scripts.bench.siege import run as siege
from scripts.bench.siege.cameras import away


@pytest.mark.slow
def test_each_is_tried_and_the_good_one_is_live() -> None:
    """Five ways not to be there, in the running stages."""
    figures = {name: figure.value for name, figure in away.run(20.0).items()}
    tries = [value for name, value in figures.items() if name.startswith("away_tries_")]
    assert len(tries) == 5
    assert min(tries) >= 1
    assert figures["away_good_not_live"] == 0
    assert figures["away_memory_first_mb"] > 10


def test_the_deaf_one_lets_nobody_in() -> None:
    """Whoever connects waits, as at an address behind which there is nothing."""
    with away.absent() as urls, socket.socket() as client:
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.connect(("127.0.0.1", int(urls["deaf"].rpartition(":")[2].strip("/"))))


def test_an_hour_is_asked_for_by_name_alone() -> None:
    """Or else the whole siege would take it."""
    assert set(siege.LONG) <= set(siege.ROWS)
