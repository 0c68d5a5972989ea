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

import struct
import zlib
from mmap import mmap

import attrs

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


@attrs.frozen
class _Claim:
    """What a slot's header says; whether that is true its checksum has to show."""

    chunk: Chunk
    length_bytes: int
    index: int


class MemoryFile:
    """Reads and writes the states of one camera in a buffer of `FILE_BYTES`."""

    def __init__(self, buffer: bytearray | memoryview | mmap, camera: str) -> None:
        self._camera = camera
        self._name = camera.encode()
        self._known: dict[int, State | None] = {}  # by slot, where it was checked
        if len(buffer) < FILE_BYTES:
            raise self._error(
                f"the memory file has {len(buffer)} bytes instead of {FILE_BYTES} (truncated?)"
            )
        if len(self._name) > _CAMERA_BYTES:
            raise self._error(f"the camera's name is longer than {_CAMERA_BYTES} bytes")
        self._view = memoryview(buffer)  # last: while there is one, nobody can close the buffer

    def read(self, before: Chunk) -> bytes | None:
        """Return the newest state taken before a chunk; None where nothing was ever written."""
        state = self.find(before)
        return state.payload if state else None

    def find(self, before: Chunk) -> State | None:
        """Return the same with its slot.

        A checksum takes its time: the older state's is looked at where the newer is no good.
        """
        state = self._newest_whole(before)
        if state is not None:
            return state
        states = self._states()
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
        state = self._newest_whole()
        if state is None and any(self._magic(index) for index in (0, 1)):
            raise self._nothing_whole()
        return state

    def oldest(self) -> State | None:
        """Return the oldest state, which knows least of what came later."""
        return min(self._states(), key=lambda state: state.chunk, default=None)

    def is_torn(self) -> bool:
        """Return whether the slot that was written last holds no whole state."""
        claims = self._claims()
        used = sum(not self._is_blank(index) for index in (0, 1))
        return used > len(claims) or (bool(claims) and self._slot(claims[0]) is None)

    def has_kept(self, after: Chunk) -> bool:
        """Return whether there is a whole state after this chunk, or after a later one."""
        later = (claim for claim in self._claims() if not claim.chunk < after)
        return any(self._slot(claim) is not None for claim in later)

    def write(
        self,
        after: Chunk,
        payload: bytes,
        *,
        beside: int | None = None,
        over_newest: bool = False,
    ) -> None:
        """Keep the state after a chunk, in the slot that this chunk did not start from.

        Whoever has found that state may name its slot (`beside`), which is not checked again then.
        Over the newest state goes what was changed in it and not by a chunk.
        """
        if len(payload) > PAYLOAD_BYTES:
            raise self._error(f"a state of {len(payload)} bytes does not fit {PAYLOAD_BYTES}")
        if beside is None:
            newest = self._newest_whole(after)
            beside = newest.index if newest else 1
        start = (beside if over_newest else 1 - beside) * SLOT_BYTES
        end = start + _HEADER.size
        magic_end = start + len(_MAGIC)
        header = self._header(after, payload)
        self._known.clear()
        self._view[start:magic_end] = bytes(len(_MAGIC))
        self._view[end : end + len(payload)] = payload
        self._view[magic_end:end] = header[len(_MAGIC) :]
        self._view[start:magic_end] = _MAGIC

    def clear(self) -> None:
        """Forget everything, so that the camera learns anew."""
        self._known.clear()
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
        found = (self._slot(claim) for claim in self._claims())
        return [state for state in found if state is not None]

    def _newest_whole(self, before: Chunk | None = None) -> State | None:
        """Return the newest whole state, of those before a chunk."""
        claims = (it for it in self._claims() if before is None or it.chunk < before)
        return next((state for it in claims if (state := self._slot(it)) is not None), None)

    def _claims(self) -> list[_Claim]:
        """Return what the slots say they hold, the newest first."""
        claims = [claim for index in (0, 1) if (claim := self._claim(index)) is not None]
        return sorted(claims, key=lambda claim: claim.chunk, reverse=True)

    def _claim(self, index: int) -> _Claim | None:
        """Return a slot's header; another version or camera is an error, not a hole."""
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
        if name.rstrip(b"\0") != self._name:
            other = name.rstrip(b"\0").decode(errors="replace")
            raise self._error(f'the memory file belongs to camera "{other}"')
        return _Claim(Chunk(epoch, sequence, revision), length, index)

    def _slot(self, claim: _Claim) -> State | None:
        """Return a slot's state if it is whole."""
        if claim.index not in self._known:
            self._known[claim.index] = self._check(claim)
        return self._known[claim.index]

    def _check(self, claim: _Claim) -> State | None:
        start = claim.index * SLOT_BYTES
        end = start + _HEADER.size
        payload = bytes(self._view[end : end + claim.length_bytes])
        if self._header(claim.chunk, payload) != bytes(self._view[start:end]):
            return None
        return State(claim.chunk, payload, claim.index)

    def _magic(self, index: int) -> bytes:
        start = index * SLOT_BYTES
        return bytes(self._view[start : start + len(_MAGIC)]).rstrip(b"\0")

    def _nothing_whole(self) -> MemoryFileError:
        return self._error("the memory file holds no whole state (damaged)")

    def _error(self, what: str) -> MemoryFileError:
        return MemoryFileError(
            f'camera "{self._camera}": {what}; move the file away and the camera learns anew'
        )
