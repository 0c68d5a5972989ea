"""The file of a camera memory: two slots and a sequence number.

Knows bytes, nothing of their meaning.

A slot is a header and a payload. The header holds the chunk (epoch and sequence) after which
the payload was taken, and a checksum over everything else in the slot. A write goes to the slot
that does *not* hold the state the call started from, and the slot's first bytes are written
last, so a crash in the middle leaves a slot that is plainly empty and another that is whole:
that write is lost and nothing else. A slot that claims to be whole and fails its checksum was
damaged from outside. Because both of the last two states are kept, a repeat of chunk n starts
again from the state after n-1, whether or not the first try came to write its own, and scores
equal an undisturbed run. The very first chunk starts from nothing, again too: the other slot's
header is still blank then, which it never is later. A lesson belongs to the newest state and is
written over it, so that the state before stays for a repeat; whoever does so has a copy elsewhere
for the crash in the middle, which leaves a slot that is torn.

Any writable buffer serves: a mapped file or memfd, or a bytearray. One writer at a time is the
caller's duty (a camera's chunks are handled one at a time).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from mmap import mmap

VERSION = 1
FILE_BYTES = 3 << 19  # three quarters of what a camera may cost; a full memory is about 0.55 MB
SLOT_BYTES = FILE_BYTES // 2
_MAGIC = b"sedacmem"
_CAMERA_BYTES = 128
# magic, version, checksum, payload length, revision, epoch, sequence, camera
_HEADER = struct.Struct(f"<8sIIIIQQ{_CAMERA_BYTES}s")
PAYLOAD_BYTES = SLOT_BYTES - _HEADER.size


class MemoryFileError(Exception):
    """A memory file that cannot be used, and what to do about it."""


class ChunkIsLate(MemoryFileError):
    """The file is whole, but both of its states were taken after the chunk that is asked for."""


@attrs.frozen(order=True)
class Chunk:
    """Which chunk a state was taken after; orders as time does."""

    epoch: int
    sequence: int
    revision: int = 0
    """Counts what changed the state between this chunk and the next: lessons."""


@attrs.frozen
class State:
    """What one slot holds."""

    chunk: Chunk
    payload: bytes
    index: int
    """Of the slot."""


class MemoryFile:
    """Reads and writes the states of one camera in a buffer of `FILE_BYTES`."""

    def __init__(self, buffer: bytearray | memoryview | mmap, camera: str) -> None:
        self._camera = camera
        self._name = camera.encode()
        self._known: list[State] | None = None  # checked once: a checksum takes its time
        if len(buffer) < FILE_BYTES:
            raise self._error(
                f"the memory file has {len(buffer)} bytes instead of {FILE_BYTES} (truncated?)"
            )
        if len(self._name) > _CAMERA_BYTES:
            raise self._error(f"the camera's name is longer than {_CAMERA_BYTES} bytes")
        self._view = memoryview(buffer)  # last: while there is one, nobody can close the buffer

    def read(self, before: Chunk) -> bytes | None:
        """Return the newest state taken before a chunk; None where nothing was ever written."""
        states = self._states()
        earlier = [state for state in states if state.chunk < before]
        if earlier:
            return max(earlier, key=lambda state: state.chunk).payload
        if not any(self._magic(index) for index in (0, 1)):
            return None
        if len(states) == 1 and self._is_first(states[0], before):
            return None
        if states:
            raise ChunkIsLate(
                f'camera "{self._camera}": chunk {before.epoch}/{before.sequence} is older than'
                " what its memory file still holds"
            )
        raise self._nothing_whole()

    def newest(self) -> State | None:
        """Return the newest state; None where nothing was ever written."""
        states = self._states()
        if not states and any(self._magic(index) for index in (0, 1)):
            raise self._nothing_whole()
        return max(states, key=lambda state: state.chunk, default=None)

    def oldest(self) -> State | None:
        """Return the oldest state, which knows least of what came later."""
        return min(self._states(), key=lambda state: state.chunk, default=None)

    def is_torn(self) -> bool:
        """Return whether a slot that was in use holds no whole state."""
        used = {index for index in (0, 1) if not self._is_blank(index)}
        return bool(used - {state.index for state in self._states()})

    def write(self, after: Chunk, payload: bytes, *, over_newest: bool = False) -> None:
        """Keep the state after a chunk, in the slot that this chunk did not start from.

        Over the newest state goes what was changed in it and not by a chunk.
        """
        if len(payload) > PAYLOAD_BYTES:
            raise self._error(f"a state of {len(payload)} bytes does not fit {PAYLOAD_BYTES}")
        earlier = [state for state in self._states() if state.chunk < after]
        newest = max(earlier, key=lambda state: state.chunk, default=None)
        index = newest.index if newest else 1
        start = (index if over_newest else 1 - index) * SLOT_BYTES
        end = start + _HEADER.size
        magic_end = start + len(_MAGIC)
        header = self._header(after, payload)
        self._known = None
        self._view[start:magic_end] = bytes(len(_MAGIC))
        self._view[end : end + len(payload)] = payload
        self._view[magic_end:end] = header[len(_MAGIC) :]
        self._view[start:magic_end] = _MAGIC

    def clear(self) -> None:
        """Forget everything, so that the camera learns anew."""
        self._known = None
        for index in (0, 1):
            start = index * SLOT_BYTES
            self._view[start : start + _HEADER.size] = bytes(_HEADER.size)

    def close(self) -> None:
        """Let go of the buffer, so that its owner can close it."""
        self._view.release()

    def _header(self, chunk: Chunk, payload: bytes) -> bytes:
        def packed(checksum: int) -> bytes:
            return _HEADER.pack(
                _MAGIC,
                VERSION,
                checksum,
                len(payload),
                chunk.revision,
                chunk.epoch,
                chunk.sequence,
                self._name,
            )

        return packed(zlib.crc32(payload, zlib.crc32(packed(0))))

    def _is_first(self, state: State, chunk: Chunk) -> bool:
        """Say whether this chunk wrote the first state of all, so that nothing was before it."""
        is_this = (state.chunk.epoch, state.chunk.sequence) == (chunk.epoch, chunk.sequence)
        return is_this and self._is_blank(1 - state.index)

    def _is_blank(self, index: int) -> bool:
        start = index * SLOT_BYTES
        return not any(self._view[start : start + _HEADER.size])

    def _states(self) -> list[State]:
        if self._known is None:
            found = (self._slot(index) for index in (0, 1))
            self._known = [state for state in found if state is not None]
        return self._known

    def _slot(self, index: int) -> State | None:
        """Return one slot if it is whole; another version or camera is an error, not a hole."""
        start = index * SLOT_BYTES
        if self._magic(index) != _MAGIC:
            return None
        _, version, _, length, revision, epoch, sequence, name = _HEADER.unpack_from(
            self._view, start
        )
        if version != VERSION:
            raise self._error(
                f"the memory file has version {version}, this program reads {VERSION}"
            )
        if length > PAYLOAD_BYTES:
            return None
        end = start + _HEADER.size
        payload = bytes(self._view[end : end + length])
        chunk = Chunk(epoch, sequence, revision)
        if name.rstrip(b"\0") != self._name:
            other = name.rstrip(b"\0").decode(errors="replace")
            raise self._error(f'the memory file belongs to camera "{other}"')
        if self._header(chunk, payload) != bytes(self._view[start:end]):
            return None
        return State(chunk, payload, index)

    def _magic(self, index: int) -> bytes:
        start = index * SLOT_BYTES
        return bytes(self._view[start : start + len(_MAGIC)]).rstrip(b"\0")

    def _nothing_whole(self) -> MemoryFileError:
        return self._error("the memory file holds no whole state (damaged)")

    def _error(self, what: str) -> MemoryFileError:
        return MemoryFileError(
            f'camera "{self._camera}": {what}; move the file away and the camera learns anew'
        )
