"""What happens at a source, in the order of a connection's life."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

import attrs

from media.cut.chunk import Chunk
from media.cut.pieces import Finding, Format
from stages.camera.faults import Fault


@attrs.frozen
class Connecting:
    """A try begins."""

    epoch: int


@attrs.frozen
class Connected:
    """The camera answers with something usable."""

    epoch: int
    format: Format
    authentication: str
    """none, basic or digest; password where libav does not say which."""
    clock_offset_s: float | None
    """How far the camera's clock is ahead, where its answer tells."""


@attrs.frozen
class ChunkReady:
    """A chunk is complete."""

    chunk: Chunk


@attrs.frozen
class Noted:
    """Something odd, to be counted under its name."""

    finding: Finding


@attrs.frozen
class Lost:
    """The connection ended, or there was none; the next try is due after a while."""

    epoch: int
    fault: Fault
    lived_s: float
    """From the first byte of video; 0 where none came."""
    retry_s: float


Happening: TypeAlias = Connecting | Connected | ChunkReady | Noted | Lost
Emit: TypeAlias = Callable[[Happening], Awaitable[None]]


class Clock(Protocol):
    """Both kinds of time: real, or invented by a test."""

    def monotonic_s(self) -> float:
        """Return monotonic time, for policy."""

    def wall_s(self) -> float:
        """Return wall time, for what was filmed."""
