"""Sealed memory, and what pretends to be it."""

import fcntl
import os
import socket
from collections.abc import Iterator

import numpy as np
import pytest

from seda import payload
from seda.payload import PayloadError
from testing.counting import open_descriptors

SHRINKABLE = payload.SEALS & ~fcntl.F_SEAL_SHRINK


@pytest.fixture
def unsealed() -> Iterator[int]:
    """Return memory of three bytes that anybody may change."""
    descriptor = os.memfd_create("unsealed", os.MFD_ALLOW_SEALING)
    os.write(descriptor, b"abc")
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize(
    "content", [b"", b"abc", bytearray(b"abc"), memoryview(b"abc"), bytes(3 << 20)]
)
def test_what_is_sealed_can_be_seen_elsewhere(content: bytes | bytearray | memoryview) -> None:
    """Also after the descriptor is closed."""
    descriptor = payload.make(content)
    seen = payload.view(descriptor, len(content))
    os.close(descriptor)
    assert seen == content


def test_pixels_are_counted_in_bytes() -> None:
    """Whatever the array's shape and kind."""
    pixels = np.arange(24, dtype=np.uint32).reshape(2, 3, 4)
    descriptor = payload.make(pixels.data)
    assert bytes(payload.view(descriptor, 96)) == pixels.tobytes()
    os.close(descriptor)
    os.close(payload.make(np.zeros((0, 3)).data))


def test_what_the_kernel_takes_in_pieces_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it does above 2 GiB."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:1]))
    pixels = np.arange(24, dtype=np.uint32)
    descriptor = payload.make(pixels.data)
    assert bytes(payload.view(descriptor, 96)) == pixels.tobytes()
    os.close(descriptor)


def test_what_is_sealed_stays_as_it_is() -> None:
    """Its reader has it mapped: written, shrunk or grown it would change or kill under him."""
    descriptor = payload.make(b"abc")
    seen = payload.view(descriptor, 3)
    for change in (
        lambda: os.write(descriptor, b"x"),
        lambda: os.ftruncate(descriptor, 1),
        lambda: os.ftruncate(descriptor, 9),
        lambda: fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, 0),
    ):
        with pytest.raises(PermissionError):
            change()
    assert seen.readonly
    assert bytes(seen) == b"abc"
    os.close(descriptor)


def test_nobody_who_is_started_inherits_it() -> None:
    """Children get the descriptors that they are given."""
    descriptor = payload.make(b"abc")
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


@pytest.mark.parametrize("seals", [0, fcntl.F_SEAL_WRITE, SHRINKABLE])
def test_memory_that_is_not_sealed_enough_is_refused(unsealed: int, seals: int) -> None:
    """It could be taken away under its reader."""
    fcntl.fcntl(unsealed, fcntl.F_ADD_SEALS, seals)
    with pytest.raises(PayloadError, match="not sealed"):
        payload.view(unsealed, 3)


@pytest.mark.parametrize("size_bytes", [0, 2, 4, 1 << 40])
def test_memory_of_another_size_than_its_event_says_is_refused(size_bytes: int) -> None:
    """Reading behind its end would be the end of the reader."""
    descriptor = payload.make(b"abc")
    with pytest.raises(PayloadError, match="holds 3 bytes"):
        payload.view(descriptor, size_bytes)
    os.close(descriptor)


def test_a_descriptor_of_something_else_is_refused() -> None:
    """A socket, a pipe, a file."""
    here, there = socket.socketpair()
    ends = os.pipe()
    with open(__file__, "rb") as file:  # noqa: PTH123  # its descriptor is what matters
        for descriptor in (here.fileno(), ends[0], file.fileno()):
            with pytest.raises(PayloadError, match="something else"):
                payload.check(descriptor, 3)
    for one in ends:
        os.close(one)
    here.close()
    there.close()


def test_no_descriptor_is_left_when_there_is_no_room() -> None:
    """A failure must not cost a descriptor a time."""
    before = open_descriptors()
    with pytest.raises(ValueError, match="released"):
        payload.make(_Gone().content)
    assert open_descriptors() == before


class _Gone:
    """Content that cannot be read any more."""

    def __init__(self) -> None:
        self.content = memoryview(b"abc")
        self.content.release()
