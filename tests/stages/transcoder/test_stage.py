"""The transcoder as a stage: what goes out for what comes in."""

from pathlib import Path

import attrs
import pytest

from conf.schema import Camera, Settings, Transcoder
from media.cut.chunk import ChunkFacts
from media.frames.plan import Plan
from media.pictures.files import PictureReader
from runtime.work import Context, Input, Received
from seda import payload
from seda.codec import decode_body, encode_body
from seda.messages import BatchFacts, CameraFact, Event, FrameFacts, Payload
from seda.pipeline import TRANSCODER, StageOutput
from seda.protocol import DATAGRAM_BYTES
from seda.stage_config import StageConfig
from stages.transcoder.ladder import eased
from stages.transcoder.stage import FRAMES_MAX, transcode_chunk, work_in
from stages.transcoder.transcode import transcode
from testing.films import media
from tests.stages.transcoder import chunks

ROW = attrs.evolve(TRANSCODER, gives=(*TRANSCODER.gives, StageOutput("batch", "anomaly")))


def context(folder: Path, settings: Settings, row: object = ROW) -> Context:
    """Return what a handler of the stage knows."""
    config = StageConfig(
        row=row,  # type: ignore[arg-type]  # a row, evolved by a test
        settings=TRANSCODER.settings,
        successors={},
        streams=(),
        others=1,
        run_directory=str(folder),
        data_directory=str(folder),
        listening=-1,
        kept_state=-1,
        content=encode_body(settings),
    )
    made = Context(config)
    made.directory.mkdir()
    return made


def handle(facts: ChunkFacts, content: bytes, where: Context) -> dict[str, list[object]]:
    """Return the bodies of what the stage gives, by kind, and the payloads."""
    descriptor = payload.make(content)
    received = Received("memory", len(content), descriptor)
    header = Event(
        "id", "chunk", facts.camera, encode_body(facts), (Payload("memory", len(content)),)
    )
    event = Input(header, (received,))
    found: dict[str, list[object]] = {"camera_fact": [], "batch": [], "payload": []}
    for draft in transcode_chunk(event, where):
        kind = {"camera_fact": CameraFact, "batch": BatchFacts}[draft.kind]  # type: ignore[union-attr]
        found[draft.kind].append(decode_body(draft.body, kind))  # type: ignore[union-attr]
        found["payload"] += [_bytes(it) for it in draft.contents]  # type: ignore[union-attr]
    event.close()
    return found


def _bytes(content: object) -> bytes:
    if isinstance(content, Received):
        return bytes(content.view())
    assert isinstance(content, list)
    return b"".join(content)


def test_the_pictures_lie_where_the_facts_say(tmp_path: Path) -> None:
    """JPEGs as they came, one after the other, in one payload."""
    pictures = [media.jpeg(number) for number in range(5)]
    facts, content = chunks.of_pictures(pictures)
    settings = Settings(transcoder=Transcoder(rate_per_s=25), camera=(Camera("gate", "hidden"),))
    where = context(tmp_path, settings)
    found = handle(facts, content, where)
    (batch,), (packed,) = found["batch"], found["payload"]
    assert isinstance(batch, BatchFacts)
    assert isinstance(packed, bytes)
    cut = [packed[it.offset : it.offset + it.size_bytes] for it in batch.frames]
    assert cut == pictures
    reader = PictureReader(where.directory)
    assert reader.newest("gate") is not None


def test_small_pictures_follow_their_jpegs(tmp_path: Path) -> None:
    """Of video: a byte a pixel, right behind."""
    chunk = chunks.of_stream("mpegts", media.stream("mpegts", frames=50))[0]
    where = context(tmp_path, Settings(transcoder=Transcoder(rate_per_s=25, small_width_px=80)))
    found = handle(chunk.facts, b"".join(chunk.parts), where)
    (batch,), (packed,) = found["batch"], found["payload"]
    assert isinstance(batch, BatchFacts)
    assert isinstance(packed, bytes)
    frame = batch.frames[-1]
    assert (frame.small_width_px, frame.small_height_px) == (80, 48)
    assert frame.small_offset == frame.offset + frame.size_bytes
    assert frame.small_offset + 80 * 48 == len(packed)


def test_few_of_many_pictures_are_packed_without_the_others(tmp_path: Path) -> None:
    """A batch does not hold on to a chunk of which it shows little."""
    pictures = [media.jpeg(number) for number in range(20)]
    facts, content = chunks.of_pictures(pictures)
    where = context(tmp_path, Settings(transcoder=Transcoder(rate_per_s=1)))
    found = handle(facts, content, where)
    (batch,), (packed,) = found["batch"], found["payload"]
    assert isinstance(batch, BatchFacts)
    assert isinstance(packed, bytes)
    cut = [packed[it.offset : it.offset + it.size_bytes] for it in batch.frames]
    assert set(cut) < set(pictures)
    assert len(packed) == sum(map(len, cut))


def test_what_can_not_be_decoded_is_counted_and_no_batch(tmp_path: Path) -> None:
    """The fact says what happened; nothing goes to the detector."""
    facts, content = chunks.of_pictures([b"\xff\xd8 no picture"])
    found = handle(facts, content, context(tmp_path, Settings()))
    assert not found["batch"]
    (fact,) = found["camera_fact"]
    assert isinstance(fact, CameraFact)
    assert fact.picture is not None
    assert fact.picture.frames == 0
    assert fact.picture.sentences


def test_privacy_is_the_cameras_own(tmp_path: Path) -> None:
    """What a polygon hides is in no picture, and other cameras are not hidden."""
    everything = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    cameras = (Camera("gate", "hidden", privacy=(everything,)), Camera("yard", "hidden"))
    where = context(tmp_path, Settings(camera=cameras))
    facts, content = chunks.of_pictures([media.jpeg()])
    means = {}
    for name in ("gate", "yard"):
        (fact,) = handle(attrs.evolve(facts, camera=name), content, where)["camera_fact"]
        assert isinstance(fact, CameraFact)
        assert fact.picture is not None
        means[name] = fact.picture.looks[0].mean
    assert means["gate"] < 1
    assert means["yard"] > 50


def test_a_row_without_a_detector_gives_facts_alone(tmp_path: Path) -> None:
    """Whom it gives to stands in the table."""
    facts, content = chunks.of_pictures([media.jpeg()])
    alone = tuple(output for output in TRANSCODER.gives if output.is_fact)
    row = attrs.evolve(TRANSCODER, gives=alone)
    found = handle(facts, content, context(tmp_path, Settings(), row))
    assert (len(found["batch"]), len(found["camera_fact"])) == (0, 1)


def test_the_largest_batch_fits_a_datagram() -> None:
    """What is said of each frame is bounded with their number."""
    frame = FrameFacts(1.7e9 + 0.123456, 4096, 2304, 2**31, 2**23, 2**31, 320, 180)
    body = encode_body(BatchFacts("ü" * 64, 2**42, 2**20, (frame,) * FRAMES_MAX))
    assert len(body) < DATAGRAM_BYTES - 4096


@pytest.mark.parametrize("pressure", range(5))
def test_the_ladder_only_ever_takes(pressure: int) -> None:
    """Each step leaves no more than the one before, first frames, then size (R33)."""
    plan = Plan(rate_per_s=10.0)
    less, more = eased(plan, pressure), eased(plan, max(0, pressure - 1))
    assert less.rate_per_s <= more.rate_per_s
    assert less.width_max_px <= more.width_max_px
    steps = [eased(plan, step) for step in range(5)]
    assert [it.rate_per_s for it in steps] == [10.0, 5.0, 1.0, 1.0, 0.01]
    assert [it.width_max_px for it in steps] == [1920, 1920, 1920, 960, 960]


def test_a_batch_says_how_much_work_its_pictures_are() -> None:
    """Many scans are more work than one, and nothing is to be decoded beside a small picture."""
    plan = Plan(rate_per_s=1000.0)
    usual = transcode(*chunks.of_pictures([media.jpeg(n, 640, 480) for n in range(3)]), plan)
    dear = transcode(*chunks.of_pictures([media.scan_bomb(50, 640, 480)] * 3), plan)
    (chunk,) = chunks.of_stream("mpegts", media.stream("mpegts"))
    video = transcode(chunk.facts, b"".join(chunk.parts), plan)
    assert len(usual.frames) == len(dear.frames) == 3
    assert 3 < work_in(usual) < work_in(dear) / 10
    assert work_in(video) == len(video.frames)
