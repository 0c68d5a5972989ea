"""Ports that are told to servers."""

import socket
from pathlib import Path

import pytest

from testing import ports
from testing.ports import free_port


def test_no_port_comes_twice() -> None:
    """Though nobody listens at the first one yet."""
    assert len({free_port() for _ in range(50)}) == 50


def test_a_port_that_somebody_has_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever process it is."""
    first = free_port()
    monkeypatch.setattr(ports, "_numbers", iter([first - 10_000, first - 9_999]))
    with socket.create_server(("127.0.0.1", first)):
        assert free_port() == first + 1


def test_none_is_one_that_a_connection_may_take() -> None:
    """The kernel gives those to anybody."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(1024 < free_port() < lowest for _ in range(50))
