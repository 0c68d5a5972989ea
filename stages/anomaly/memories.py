"""Camera memories as files: one mapped file a camera, shared by whichever handler has its chunk.

Theory of operation. A state is read before a chunk and written after it; nothing is kept in the
process, so any handler may take any camera's next chunk, and one that is killed takes nothing
along. What is written lies in the kernel's pages at once: a killed process loses none of it, and
what a power cut tears is found by the checksum. Blocks are reserved when the file is made, because
a full disk would otherwise be a SIGBUS in the middle of a write.

A file that cannot be used is moved aside; the camera goes on from the copy of some minutes ago
(`copies`) or, where there is none, learns anew, and either is said: that a camera goes on being
watched is worth more than its memory. Where a lesson meets it, the next frame says it. A chunk
that comes once more is judged as the first time, whatever was taught meanwhile, and what it taught
stays as it is. One that comes once more after two later ones (its controller died, or somebody
replays it) is judged by the oldest state there is and teaches nothing.
"""

import hashlib
import mmap
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import attrs

from anomaly.memory import CameraMemory, MemoryStateError, pack_memory, unpack_memory
from anomaly.memory_file import FILE_BYTES, Chunk, ChunkIsLate, MemoryFile, MemoryFileError
from seda.disk import room
from seda.disk.durable import sync_directory
from stages.anomaly import copies

_READABLE_CHARACTERS = 80
MEMORY, UNUSABLE = ".memory", ".unusable"  # endings of files
IS_LATE = "judged once more by a memory that knows later chunks already"
IS_LOST = "its memory could not be used, so the camera learns anew"
NO_ROOM = "the disk is full, so this camera has no memory and learns nothing"
IS_BLANK = "the memory's file is blank, as after a power cut"
IS_COPY = "its memory could not be used, so the camera goes on from a copy some minutes old"


@attrs.define
class Loaded:
    """A camera's memory as one chunk finds it."""

    memory: CameraMemory
    is_late: bool = False
    """Judge by it, and let it be."""
    lost: str = ""
    """Why the memory before this one could not be used; empty where it could."""
    is_copy: bool = False
    """It is what the memory was some minutes ago."""

    slot: int | None = None
    """Of the file: where the memory was read from."""

    has_room: bool = True
    """Else the disk is full, and this memory is nowhere but here."""

    unsaid: str = ""
    """What a lesson since the last chunk found wrong."""

    @property
    def is_kept(self) -> bool:
        """Return whether what the chunk teaches is to be remembered."""
        return self.has_room and not self.is_late

    @property
    def problem(self) -> str:
        """Say for people what is wrong with this memory."""
        if not self.has_room:
            return NO_ROOM
        if self.lost:
            return IS_COPY if self.is_copy else IS_LOST
        return IS_LATE if self.is_late else self.unsaid


def memory_path(directory: Path, camera: str) -> Path:
    """Return where a camera's memory is, for any name that a camera may have."""
    encoded = camera.encode("utf-8", "surrogatepass")
    readable = quote(encoded, safe=" ")[:_READABLE_CHARACTERS]
    return directory / f"{readable}-{hashlib.sha256(encoded).hexdigest()[:16]}{MEMORY}"


def load_memory(directory: Path, camera: str, before: Chunk) -> Loaded:
    """Return the memory from before a chunk, which says what a lesson found wrong with it."""
    loaded = _load_before(directory, camera, before)
    loaded.unsaid, loaded.memory.unsaid = loaded.memory.unsaid, ""
    return loaded


def _load_before(directory: Path, camera: str, before: Chunk) -> Loaded:
    try:
        with _mapped(directory, camera) as file:
            try:
                state = file.find(before)
            except ChunkIsLate:
                oldest = file.oldest()
                content = oldest.payload if oldest else b""
                return Loaded(unpack_memory(content, camera), is_late=True)
            if state:
                return Loaded(unpack_memory(state.payload, camera), slot=state.index)
        return _begin(directory, camera, before)[0]
    except (MemoryFileError, MemoryStateError) as error:
        _move_aside(memory_path(directory, camera))
        return _go_on(directory, camera, str(error), before)[0]
    except OSError as error:
        if not room.is_full(error):
            raise
        return Loaded(CameraMemory(camera), has_room=False)


def newest_memory(directory: Path, camera: str) -> tuple[Loaded, Chunk]:
    """Return the memory as it is now, and the chunk that it was taken after."""
    try:
        with _mapped(directory, camera) as file:
            state = file.newest()
            if state is not None:
                return Loaded(unpack_memory(state.payload, camera)), state.chunk
        return _begin(directory, camera)
    except (MemoryFileError, MemoryStateError) as error:
        _move_aside(memory_path(directory, camera))
        return _go_on(directory, camera, str(error))


def _begin(directory: Path, camera: str, before: Chunk | None = None) -> tuple[Loaded, Chunk]:
    """Begin a memory; a power cut may have left a file in which nothing ever was, and a copy."""
    loaded, chunk = _go_on(directory, camera, f'camera "{camera}": {IS_BLANK}', before)
    return (loaded if loaded.is_copy else Loaded(loaded.memory)), chunk


def _go_on(
    directory: Path, camera: str, lost: str, before: Chunk | None = None
) -> tuple[Loaded, Chunk]:
    """Return the memory of some minutes ago, or a new one where there is none from before."""
    state = copies.read_copy(memory_path(directory, camera), camera)
    try:
        if state is not None and (before is None or state.chunk < before):
            memory = unpack_memory(state.payload, camera)
            return Loaded(memory, lost=lost, is_copy=True), state.chunk
    except MemoryStateError:
        pass  # a copy of another version: as if there were none
    return Loaded(CameraMemory(camera), lost=lost), Chunk(0, 0)


def store_memory(
    directory: Path, memory: CameraMemory, after: Chunk, *, beside: int | None = None
) -> None:
    """Keep the memory after a chunk, now and then with a copy; a repeat has been kept before.

    Where the slot is named that it was read from (`Loaded.slot`), nothing is checked once more.
    """
    payload = pack_memory(memory)
    with _mapped(directory, memory.camera, is_sound=beside is not None) as file:
        if file.has_kept(after):
            return
        file.write(after, payload, beside=beside)
    path = memory_path(directory, memory.camera)
    if copies.is_due(path, time.time()):
        _keep_copy(path, memory.camera, payload, after)


def store_lesson(directory: Path, memory: CameraMemory, after: Chunk) -> None:
    """Keep the memory after a lesson, in the copy first: its state is then written over."""
    payload = pack_memory(memory)
    has_copy = _keep_copy(memory_path(directory, memory.camera), memory.camera, payload, after)
    with _mapped(directory, memory.camera) as file:
        file.write(after, payload, over_newest=has_copy)


def _keep_copy(path: Path, camera: str, payload: bytes, after: Chunk) -> bool:
    """Return whether there was room for it; a camera goes on without, and it is due again."""
    try:
        copies.keep_copy(path, camera, payload, after)
    except OSError as error:
        if not room.is_full(error):
            raise
        return False
    return True


@contextmanager
def _mapped(directory: Path, camera: str, *, is_sound: bool = False) -> Iterator[MemoryFile]:
    """Map a camera's file, made where there is none, and mended where it has to be."""
    descriptor = os.open(
        memory_path(directory, camera), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        size_bytes = os.fstat(descriptor).st_size
        if size_bytes < FILE_BYTES and not any(os.pread(descriptor, size_bytes, 0)):
            os.posix_fallocate(descriptor, 0, FILE_BYTES)
            os.fsync(descriptor)
            sync_directory(directory)
            size_bytes = FILE_BYTES
        with (
            mmap.mmap(descriptor, size_bytes) as content,
            closing(MemoryFile(content, camera)) as file,
        ):
            if not is_sound and file.is_torn():
                _mend(file, memory_path(directory, camera), camera)
            yield file
    finally:
        os.close(descriptor)


def _mend(file: MemoryFile, path: Path, camera: str) -> None:
    """Write a lesson again that was torn while it was written over the state before it."""
    newest, copy = file.newest(), copies.read_copy(path, camera)
    if newest is not None and copy is not None and newest.chunk < copy.chunk:
        file.write(copy.chunk, copy.payload)


def _move_aside(path: Path) -> None:
    """Keep what cannot be used for whoever wants to know; the next such file replaces it."""
    path.replace(path.with_suffix(UNUSABLE))
