"""A camera that libav reads is read by a process of its own."""

import os
import signal
import sys
from pathlib import Path

import pytest
import trio

from conf.schema import Camera
from seda.processes import children_of
from stages.camera.source import reader_process
from stages.camera.source.happenings import ChunkReady, Connected, Connecting, Happening, Lost
from stages.camera.source.reader_process import (
    MessageReader,
    message_of,
    ports_of,
    watch_in_process,
)
from testing.films import media
from tests.stages.camera.watching import of, surroundings


def film(folder: Path, frames: int) -> str:
    """Return the address of a film of so many frames at 25 a second."""
    path = folder / "film.ts"
    path.write_bytes(media.stream("mpegts", frames=frames))
    return f"file://{path}"


def test_a_file_is_played_to_its_end(tmp_path: Path) -> None:
    """Everything comes through the pipe, then the channel ends and the process is gone."""
    camera = Camera("gate", film(tmp_path, 150), replay="fast")
    others = set(children_of(os.getpid()))

    async def run() -> list[Happening]:
        async with watch_in_process(camera, surroundings()) as happenings:
            return [happening async for happening in happenings]

    found = trio.run(run)
    assert [type(found[0]), type(found[1])] == [Connecting, Connected]
    chunks = [item.chunk for item in of(ChunkReady, found)]
    assert [chunk.facts.sequence for chunk in chunks] == [0, 1, 2]
    assert sum(chunk.facts.pieces for chunk in chunks) == 150
    assert of(Lost, found)[-1].fault.name == "ended"
    assert set(children_of(os.getpid())) <= others


def test_a_killed_reader_is_replaced(tmp_path: Path) -> None:
    """A crash in libav is a loss with a name and a sentence, and the camera goes on (R2)."""
    camera = Camera("gate", film(tmp_path, 500))
    others = set(children_of(os.getpid()))

    async def run() -> list[Happening]:
        found: list[Happening] = []
        async with watch_in_process(camera, surroundings()) as happenings:
            async for happening in happenings:
                found.append(happening)
                if isinstance(happening, ChunkReady):
                    if of(Lost, found):
                        break
                    [reader] = set(children_of(os.getpid())) - others
                    os.kill(reader, signal.SIGKILL)
        return found

    found = trio.run(run)
    fault = of(Lost, found)[0].fault
    assert fault.name == "reader_died"
    assert "signal 9" in fault.sentence
    assert set(children_of(os.getpid())) <= others


def test_a_camera_may_lead_to_its_own_tls_and_no_other_port() -> None:
    """The kernel lets the process connect wherever a redirect is followed to, and only there."""
    assert ports_of("rtsp://camera/live") == [554, 322]
    assert ports_of("rtsps://camera/live") == [322]
    assert ports_of("rtsp://camera:8554/live") == [8554]


LINGERING = """
import os, signal
from seda import processes
from stages.camera.source import reader_process
processes.die_with_parent(os.getppid())
for part in (*reader_process.message_of(reader_process.Connecting(1)), *reader_process.FAREWELL):
    os.write(1, part)
os.close(1)
signal.pause()
"""
"""Has said everything, and is slow to end."""


def test_a_reader_that_is_done_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long its end takes on a busy machine, the film is not played from the start."""
    monkeypatch.setattr(reader_process, "PROGRAM", (sys.executable, "-P", "-c", LINGERING))

    async def run() -> list[Happening]:
        found: list[Happening] = []
        async with watch_in_process(Camera("gate", "file:///film"), surroundings()) as heard:
            async for happening in heard:
                found.append(happening)
                if isinstance(happening, Lost):
                    break
        return found

    assert trio.run(run) == [Connecting(1)]


def test_words_come_out_as_they_went_in_however_they_are_cut() -> None:
    """Chunks, faults and findings, byte by byte."""
    said: list[Happening] = [Connecting(5), Connecting(6)]
    data = b"".join(part for happening in said for part in message_of(happening))
    reader = MessageReader()
    heard = [item for byte in data for item in reader.hear(bytes([byte]))]
    assert heard == said


def test_what_is_no_word_is_refused() -> None:
    """A reader that was taken over cannot make the handler hold gigabytes."""
    with pytest.raises(ValueError, match="a message of"):
        list(MessageReader().hear(b"\xff" * 8))
