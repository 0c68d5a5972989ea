"""The file of a camera memory: two slots and a sequence number.

Knows bytes, nothing of their meaning.

A slot is a header and a payload. The header holds the chunk (epoch and sequence) after which
the payload was taken, and a checksum over everything else in the slot. A write goes to the slot
that does *not* hold the state the call started from, and the slot's first bytes are written
last, so a crash in the middle leaves a slot that is plainly empty and another that is whole:
that write is lost and nothing else. A slot that claims to be whole and fails its checksum was
damaged from outside. Because both of the last two states are kept, a repeat of chunk n starts
again from the state after n-1, whether or not the first try came to write its own, and scores
equal an undisturbed run.

Any writable buffer serves: a mapped file or memfd, or a bytearray. One writer at a time is the
caller's duty (a camera's chunks are handled one at a time).
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

VERSION = 1
FILE_BYTES = 1 << 20  # half of what a camera may cost; a full memory measures about 0.4 MB
SLOT_BYTES = FILE_BYTES // 2
_MAGIC = b"sedacmem"
_CAMERA_BYTES = 128
# magic, version, checksum, payload length, epoch, sequence, camera
_HEADER = struct.Struct(f"<8sIIIxxxxQQ{_CAMERA_BYTES}s")
PAYLOAD_BYTES = SLOT_BYTES - _HEADER.size


class MemoryFileError(Exception):
    """A memory file that can not be used, and what to do about it."""


@attrs.frozen(order=True)
class Chunk:
    """Which chunk a state was taken after; orders as time does."""

    epoch: int
    sequence: int


@attrs.frozen
class _Slot:
    index: int
    chunk: Chunk
    payload: bytes


class MemoryFile:
    """Reads and writes the states of one camera in a buffer of `FILE_BYTES`."""

    def __init__(self, buffer: bytearray | memoryview | mmap, camera: str) -> None:
        self._view = memoryview(buffer)
        self._camera = camera
        self._name = camera.encode()
        if len(self._view) < FILE_BYTES:
            raise self._error(
                f"the memory file has {len(self._view)} bytes instead of {FILE_BYTES} (truncated?)"
            )
        if len(self._name) > _CAMERA_BYTES:
            raise self._error(f"the camera's name is longer than {_CAMERA_BYTES} bytes")

    def read(self, before: Chunk) -> bytes | None:
        """Give the newest state taken before a chunk; None where nothing was ever written."""
        slots = [slot for slot in self._slots() if slot.chunk < before]
        if slots:
            return max(slots, key=lambda slot: slot.chunk).payload
        if not any(self._magic(index) for index in (0, 1)):
            return None
        raise self._error(
            f"the memory file holds no whole state from before chunk {before.epoch}/"
            f"{before.sequence} (damaged, or chunks out of order)"
        )

    def write(self, after: Chunk, payload: bytes) -> None:
        """Keep the state after a chunk, in the slot that this chunk did not start from."""
        if len(payload) > PAYLOAD_BYTES:
            raise self._error(f"a state of {len(payload)} bytes does not fit {PAYLOAD_BYTES}")
        earlier = [slot for slot in self._slots() if slot.chunk < after]
        newest = max(earlier, key=lambda slot: slot.chunk, default=None)
        start = (1 - newest.index if newest else 0) * SLOT_BYTES
        end = start + _HEADER.size
        magic_end = start + len(_MAGIC)
        header = self._header(after, payload)
        self._view[start:magic_end] = bytes(len(_MAGIC))
        self._view[end : end + len(payload)] = payload
        self._view[magic_end:end] = header[len(_MAGIC) :]
        self._view[start:magic_end] = _MAGIC

    def clear(self) -> None:
        """Forget everything, so that the camera learns anew."""
        for index in (0, 1):
            start = index * SLOT_BYTES
            self._view[start : start + _HEADER.size] = bytes(_HEADER.size)

    def close(self) -> None:
        """Let go of the buffer, so that its owner can close it."""
        self._view.release()

    def _header(self, chunk: Chunk, payload: bytes) -> bytes:
        def packed(checksum: int) -> bytes:
            return _HEADER.pack(
                _MAGIC, VERSION, checksum, len(payload), chunk.epoch, chunk.sequence, self._name
            )

        return packed(zlib.crc32(payload, zlib.crc32(packed(0))))

    def _slots(self) -> Iterator[_Slot]:
        for index in (0, 1):
            slot = self._slot(index)
            if slot is not None:
                yield slot

    def _slot(self, index: int) -> _Slot | None:
        """Give one slot if it is whole; another version or camera is an error, not a hole."""
        start = index * SLOT_BYTES
        if self._magic(index) != _MAGIC:
            return None
        _, version, _, length, epoch, sequence, name = _HEADER.unpack_from(self._view, start)
        if version != VERSION:
            raise self._error(
                f"the memory file has version {version}, this program reads {VERSION}"
            )
        if length > PAYLOAD_BYTES:
            return None
        end = start + _HEADER.size
        payload = bytes(self._view[end : end + length])
        chunk = Chunk(epoch, sequence)
        if name.rstrip(b"\0") != self._name:
            other = name.rstrip(b"\0").decode(errors="replace")
            raise self._error(f'the memory file belongs to camera "{other}"')
        if self._header(chunk, payload) != bytes(self._view[start:end]):
            return None
        return _Slot(index, chunk, payload)

    def _magic(self, index: int) -> bytes:
        start = index * SLOT_BYTES
        return bytes(self._view[start : start + len(_MAGIC)]).rstrip(b"\0")

    def _error(self, what: str) -> MemoryFileError:
        return MemoryFileError(
            f'camera "{self._camera}": {what}; move the file away and the camera learns anew'
        )
