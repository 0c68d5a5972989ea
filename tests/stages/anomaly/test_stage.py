"""What the stage makes of batches and lessons, good ones and bad ones."""

import io
import os
from pathlib import Path
from typing import Literal

import attrs
import numpy as np
import pytest
from PIL import Image

from anomaly.features import why_no_gpu
from anomaly.memory_file import FILE_BYTES, Chunk
from runtime import Context, Draft, Dropped, Input, Product, Received
from seda import payload
from seda.codec import decode_body, encode_body
from seda.messages import Event, Lesson, Mark, ScoredFacts
from seda.pipeline import ANOMALY
from stages.anomaly import stage
from stages.anomaly.copies import COPY
from stages.anomaly.memories import (
    IS_COPY,
    IS_LATE,
    IS_LOST,
    load_memory,
    memory_path,
    newest_memory,
)
from testing.controllers.spoken import Controller, controlling
from testing.messages.batches import CHUNK_PICTURES, make_batch
from tests.anomaly.street import ORDINARY, draw_street, encode_jpeg

FORKED = "forked: [stage.anomaly] says so, or there was no GPU when seda was started"
CPU = f"CPU ({why_no_gpu() or FORKED})"


def street(sequence: int) -> list[bytes]:
    """Return a chunk's JPEGs."""
    numbers = range(sequence * CHUNK_PICTURES, (sequence + 1) * CHUNK_PICTURES)
    return [encode_jpeg(draw_street(ORDINARY, number), quality=90) for number in numbers]


def received(batch: tuple[Event, bytes]) -> Input:
    """Return a batch as a handler has it."""
    event, content = batch
    return Input(event, (Received("memory", len(content), payload.make(content)),))


class StageRunner:
    """Calls the stage's code as the runtime does."""

    def __init__(self, folder: Path) -> None:
        config = Controller(ANOMALY, folder).config
        stage.warm(config)
        self.context = Context(config)
        self.context.directory.mkdir(exist_ok=True)

    def judge(self, *events: Input) -> list[Product]:
        """Have one call judged."""
        products = list(stage.judge.function(events, self.context) or ())
        for event in events:
            event.close()
        return products

    def scored(self, *batches: tuple[Event, bytes]) -> list[ScoredFacts]:
        """Return the facts that come of batches."""
        return [
            decode_body(product.body, ScoredFacts)
            for product in self.judge(*map(received, batches))
            if isinstance(product, Draft) and product.kind == "scored_fact"
        ]

    def counted(self) -> dict[str, float]:
        """Return what was counted since the last time."""
        return self.context.meter.figures().counts


@pytest.fixture
def runner(tmp_path: Path) -> StageRunner:
    """Return a desk with a directory of its own."""
    return StageRunner(tmp_path)


def test_the_template_stays_forkable_and_its_handler_judges(tmp_path: Path) -> None:
    """The graph is open before the fork, without a thread or a file (R4, R5)."""
    event, content = make_batch("gate", 0, street(0))
    with controlling(ANOMALY, tmp_path) as controller:
        handler = controller.handler()
        assert len(os.listdir(f"/proc/{controller.template.pid}/task")) == 1  # noqa: PTH208 - counted
        done = handler.call(event, descriptors=(payload.make(content),))
        frame, output = done.results[0].outputs
        assert (frame.to, frame.event.kind) == ("assignment", "scored_frame")
        assert (output.to, output.event.kind, output.event.key) == ("live", "scored_fact", "gate")
        assert done.figures.counts["chunks_on_cpu"] == 1
        facts = decode_body(output.event.body, ScoredFacts)
        assert (facts.camera, facts.sequence, facts.is_learning) == ("gate", 0, True)


def test_the_scored_frame_carries_its_pictures(runner: StageRunner) -> None:
    """The chosen frame as it came, the heat map by cell, the usual view, and the facts (R23)."""
    jpegs = street(0)
    frame, fact = runner.judge(received(make_batch("gate", 0, jpegs)))
    assert isinstance(frame, Draft)
    assert isinstance(fact, Draft)
    facts = decode_body(frame.body, ScoredFacts)
    assert frame.kind == "scored_frame"
    assert frame.header["threat"] == facts.threat
    assert decode_body(fact.body, ScoredFacts) == attrs.evolve(facts, device=CPU)
    jpeg, heat, usual = (bytes(it) for it in frame.contents if isinstance(it, bytes | memoryview))
    assert jpeg == jpegs[facts.index]
    assert Image.open(io.BytesIO(heat)).size == (45, 30)
    assert Image.open(io.BytesIO(usual)).size == (180, 120)


def test_small_pictures_serve_as_well_as_jpegs(tmp_path: Path) -> None:
    """What the transcoder made small is judged without decoding a JPEG: broken ones do."""
    found = []
    for name, jpegs in (("whole", street(0)), ("broken", None)):
        smalls = [np.asarray(Image.open(io.BytesIO(jpeg))) for jpeg in street(0)]
        folder = tmp_path / name
        folder.mkdir()
        event, content = make_batch("gate", 0, street(0), () if jpegs else smalls)
        if not jpegs:
            content = content.replace(b"\xff\xd8\xff", b"\0\0\0")
        found.append(StageRunner(folder).scored((event, content))[0].raw)
    assert found[0] == pytest.approx(found[1], rel=0.05)


def test_what_can_not_be_judged_is_dropped_by_name_and_never_a_score(
    runner: StageRunner, capsys: pytest.CaptureFixture[str]
) -> None:
    """Garbage of one camera is told with its reason; its memory and the others stay well."""
    runner.judge(received(make_batch("gate", 0, street(0))))
    before = memory_path(runner.context.directory, "gate").read_bytes()
    runner.counted()
    event, content = make_batch("gate", 1, street(1))
    garbage = content.replace(b"\xff\xd8\xff", b"\0\0\0")
    good = received(make_batch("yard", 0, street(0)))
    products = runner.judge(received((event, garbage)), good)
    dropped = [it for it in products if isinstance(it, Dropped)]
    assert [it.reason for it in dropped] == ["not scored"]
    assert {it.source for it in products if isinstance(it, Draft)} == {good}
    assert runner.counted()["not_scored"] == 1
    assert 'camera "gate", not scored' in capsys.readouterr().out
    assert memory_path(runner.context.directory, "gate").read_bytes() == before


@pytest.mark.parametrize("wrong", ["offset", "key"])
def test_a_batch_that_is_not_what_it_says_raises(runner: StageRunner, wrong: str) -> None:
    """Whoever made it is wrong: that is for quarantine, not for a score."""
    event, content = make_batch("gate", 0, street(0))
    if wrong == "key":
        event = attrs.evolve(event, key="yard")
    with pytest.raises(ValueError, match="gate"):
        runner.judge(received((event, content[:-10] if wrong == "offset" else content)))


@pytest.mark.parametrize("harm", ["truncated", "version", "camera"])
def test_a_memory_that_can_not_be_used_is_set_aside_and_said(
    runner: StageRunner, harm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a copy the camera is watched on, learns anew, and everybody can see that it does."""
    for sequence in range(2):
        runner.scored(make_batch("gate", sequence, street(sequence)))
    path = memory_path(runner.context.directory, "gate")
    path.with_suffix(COPY).unlink()
    if harm == "truncated":
        os.truncate(path, FILE_BYTES // 3)
    elif harm == "version":
        path.write_bytes(path.read_bytes().replace(b"sedacmem\x01", b"sedacmem\x07"))
    else:
        runner.scored(make_batch("yard", 0, street(0)))
        path.write_bytes(memory_path(runner.context.directory, "yard").read_bytes())
    runner.counted()
    (facts,) = runner.scored(make_batch("gate", 2, street(2)))
    assert facts.problems == (IS_LOST,)
    assert runner.counted()["memories_lost"] == 1
    assert 'camera "gate"' in capsys.readouterr().out
    assert path.with_suffix(".unusable").exists()
    assert load_memory(runner.context.directory, "gate", Chunk(1, 3)).memory.history.chunks == 1


def test_a_memory_torn_by_a_power_cut_goes_on_from_its_copy(
    runner: StageRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mapped pages are written in any order, so both slots may be torn; lessons are kept (R28)."""
    monkeypatch.setattr("stages.anomaly.copies.EVERY_S", 1e9)
    path = memory_path(runner.context.directory, "gate")
    for sequence in range(2):
        runner.scored(make_batch("gate", sequence, street(sequence)))
    runner.judge(lesson("clear"))
    runner.scored(make_batch("gate", 2, street(2)))
    synced = path.read_bytes()
    for sequence in range(3, 5):
        runner.scored(make_batch("gate", sequence, street(sequence)))
    path.write_bytes(torn(synced, path.read_bytes()))
    runner.counted()
    (facts,) = runner.scored(make_batch("gate", 5, street(5)))
    assert facts.problems == (IS_COPY,)
    assert runner.counted()["memories_lost"] == 1
    memory = newest_memory(runner.context.directory, "gate")[0].memory
    assert [it.id for it in memory.lessons.learned] == ["v0"]
    assert memory.history.chunks == 3, "two before the lesson, and the one after the cut"


def torn(old: bytes, new: bytes) -> bytes:
    """Return every other page that differs in its old state."""
    starts = [at for at in range(0, len(new), 4096) if old[at : at + 4096] != new[at : at + 4096]]
    kept = set(starts[::2])
    pages = ((old if at in kept else new)[at : at + 4096] for at in range(0, len(new), 4096))
    return b"".join(pages)


def test_a_chunk_that_comes_late_is_judged_and_teaches_nothing(runner: StageRunner) -> None:
    """A replay of an old chunk gives a score with a mark, and leaves the memory alone."""
    for sequence in range(4):
        runner.scored(make_batch("gate", sequence, street(sequence)))
    before = memory_path(runner.context.directory, "gate").read_bytes()
    (facts,) = runner.scored(make_batch("gate", 0, street(0)))
    assert facts.problems == (IS_LATE,)
    assert memory_path(runner.context.directory, "gate").read_bytes() == before
    assert runner.counted()["late_chunks"] == 1


def test_a_directory_that_takes_nothing_means_not_scored(runner: StageRunner) -> None:
    """Without a memory there is no judging, and that is said."""
    runner.context.directory.rmdir()
    (dropped,) = runner.judge(received(make_batch("gate", 0, street(0))))
    assert isinstance(dropped, Dropped)
    assert dropped.reason == "not scored"


def lesson(verdict: Literal["clear", "undone"], number: int = 0) -> Input:
    """Return a lesson about the middle of the picture."""
    mark = Mark("moving", 0.5, 0.5, (3, 3, 3))
    facts = Lesson(f"v{number}", verdict, "ann", 1e6, mark)
    return Input(Event(f"l{number}{verdict}", "lesson", "gate", encode_body(facts)))


def test_a_lesson_is_learned_once_and_undone_without_a_trace(runner: StageRunner) -> None:
    """Told twice it counts once; the next chunk starts with it; undone it is gone (R28)."""
    runner.scored(make_batch("gate", 0, street(0)))
    assert runner.judge(lesson("clear")) == []
    assert runner.judge(lesson("clear")) == []
    assert runner.counted()["lessons"] == 1
    runner.scored(make_batch("gate", 1, street(1)))
    newest, chunk = newest_memory(runner.context.directory, "gate")
    assert (len(newest.memory.lessons.learned), chunk) == (1, Chunk(1, 1))
    runner.judge(lesson("undone"))
    newest, chunk = newest_memory(runner.context.directory, "gate")
    assert (newest.memory.lessons.learned, chunk) == ([], Chunk(1, 1, 1))


def test_lessons_beyond_the_cap_are_refused_by_name(runner: StageRunner) -> None:
    """Nobody teaches a camera to be blind within an hour."""
    products = [it for number in range(31) for it in runner.judge(lesson("clear", number))]
    assert [it.reason for it in products if isinstance(it, Dropped)] == ["lesson refused"]


def test_names_of_cameras_are_safe_as_files(tmp_path: Path) -> None:
    """Neither dots nor slashes nor length lead out of the directory or onto another camera."""
    names = ["..", "../gate", "a/b", "a%2Fb", "ä" * 60, "ä" * 59 + "b", "\udcff"]
    paths = {memory_path(tmp_path, name) for name in names}
    assert len(paths) == len(names)
    assert {path.parent for path in paths} == {tmp_path}
    assert all(len(path.name) < 200 for path in paths)
