"""The detector's one door: batches in, one outcome each, and no silent zeros."""

from pathlib import Path

import attrs
import msgspec
import numpy as np
import pytest

from anomaly.detect import Call, detect_anomaly
from anomaly.features import MotionGraph, Stack
from anomaly.memory import (
    VERSION,
    CameraMemory,
    MemoryStateError,
    pack_memory,
    unpack_memory,
)
from anomaly.memory_file import PAYLOAD_BYTES
from anomaly.sessions import GraphError
from anomaly.types import Batch, Bytes, Cause, ScoredFrame, Unscored
from anomaly.usual.calibration import note_score
from seda.messages import Band
from tests.anomaly.judged import LEARNED_CHUNKS, RUNNER, judge, recall
from tests.anomaly.street import (
    ORDINARY,
    Walker,
    draw_ground,
    draw_street,
    encode_jpeg,
    make_batch,
    street_batch,
)

HALF_AN_HOUR_S = 1800.0  # of watching: before some minutes nobody knows what stays here


def test_faster_thing_stands_out_and_is_named(learned: bytes, graph: MotionGraph) -> None:
    """Something five times as fast is rare, and the words say so (R22)."""
    ordinary = judge(street_batch(LEARNED_CHUNKS), recall(learned), graph)
    running = judge(street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER]), recall(learned), graph)
    assert running.threat > ordinary.threat + 0.2
    assert running.band is not Band.ORDINARY
    assert running.evidence.cause is Cause.SPEED
    assert "aster than" in running.evidence.words
    assert running.camera == "gate"


def test_heat_peaks_where_the_fast_thing_is(learned: bytes, graph: MotionGraph) -> None:
    """The heat map's peak and the first box lie on what caused the score."""
    scored = judge(street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER]), recall(learned), graph)
    row, _ = divmod(int(scored.evidence.heat.argmax()), scored.evidence.heat.shape[1])
    assert RUNNER.y - 4 <= row * 4 <= RUNNER.y + RUNNER.height_px + 4
    box = scored.evidence.boxes[0]
    assert box.top * 120 - 8 <= RUNNER.y + 8 <= box.bottom * 120 + 8


def test_learning_camera_marks_its_scores(graph: MotionGraph) -> None:
    """A new camera's first scores say that it is learning."""
    memory = CameraMemory("gate")
    assert judge(street_batch(0), memory, graph).is_learning


def test_learned_camera_no_longer_marks_its_scores(learned: bytes, graph: MotionGraph) -> None:
    """After a minute of footage the mark is gone."""
    assert not judge(street_batch(LEARNED_CHUNKS), recall(learned), graph).is_learning


def test_repeat_of_a_chunk_gives_the_same_score(learned: bytes, graph: MotionGraph) -> None:
    """From the same state the same chunk gives the same score and state, byte by byte (R24)."""
    outcomes = []
    for _ in range(2):
        memory = recall(learned)
        scored = judge(street_batch(LEARNED_CHUNKS), memory, graph)
        outcomes.append((scored.raw, scored.course, pack_memory(memory)))
    assert outcomes[0] == outcomes[1]


def test_several_cameras_in_one_call_score_as_alone(learned: bytes, graph: MotionGraph) -> None:
    """A call of several events gives each camera what it would get alone (R24)."""
    batches = [
        street_batch(LEARNED_CHUNKS),
        street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER]),
        make_batch([np.full((40, 40), 9, np.uint8)] * 4, 0),
    ]
    alone = [judge(batch, recall(learned), graph).course for batch in batches]
    together = detect_anomaly([Call(batch, recall(learned)) for batch in batches], graph)
    for course, outcome in zip(alone, together, strict=True):
        assert isinstance(outcome, ScoredFrame)
        np.testing.assert_allclose(outcome.course, course, rtol=1e-4, atol=1e-5)


def test_damaged_picture_is_named_and_the_rest_scored(learned: bytes, graph: MotionGraph) -> None:
    """One truncated JPEG costs itself, with a word about it."""
    pictures = [encode_jpeg(draw_street(ORDINARY, number)) for number in range(6)]
    pictures[2] = pictures[2][:500]
    scored = judge(make_batch(pictures, LEARNED_CHUNKS), recall(learned), graph)
    assert len(scored.course) == 5
    assert len(scored.problems) == 1
    assert scored.problems[0].startswith("picture 2")


def test_chunk_without_a_usable_picture_is_unscored(learned: bytes, graph: MotionGraph) -> None:
    """Nothing to judge is never a score of zero; the memory stays, the others are scored."""
    memory = recall(learned)
    bad = make_batch([b"no picture", b""], LEARNED_CHUNKS)
    outcomes = detect_anomaly(
        [Call(bad, memory), Call(street_batch(LEARNED_CHUNKS), recall(learned))], graph
    )
    assert isinstance(outcomes[0], Unscored)
    assert 'camera "gate"' in outcomes[0].reason
    assert pack_memory(memory) == learned
    assert isinstance(outcomes[1], ScoredFrame)


def test_empty_batch_is_unscored(graph: MotionGraph) -> None:
    """A batch without pictures says so."""
    (outcome,) = detect_anomaly([Call(Batch("gate", 1, 0, ()), CameraMemory("gate"))], graph)
    assert isinstance(outcome, Unscored)
    assert "no pictures" in outcome.reason


def test_change_of_size_within_and_between_chunks(learned: bytes, graph: MotionGraph) -> None:
    """Pictures of another size are named; a new size starts a new background, not a crash."""
    pictures = [draw_street(ORDINARY, number) for number in range(6)]
    pictures[0] = pictures[0][:80]
    memory = recall(learned)
    scored = judge(make_batch(pictures, LEARNED_CHUNKS), memory, graph)
    assert any("another size" in problem for problem in scored.problems)
    wide = [np.asarray(picture.repeat(2, 1)) for picture in pictures[1:]]
    scored = judge(make_batch(wide, LEARNED_CHUNKS + 1), memory, graph)
    assert np.isfinite(scored.raw)
    assert scored.problems == (
        "its pictures have another shape than before, so its usual view is learned anew",
    )
    assert judge(make_batch(wide, LEARNED_CHUNKS + 2), memory, graph).problems == ()


@pytest.mark.parametrize("picture", [np.zeros((1, 1), np.uint8), np.zeros((240, 360), np.uint8)])
def test_one_pixel_and_all_black(picture: Bytes, graph: MotionGraph) -> None:
    """A camera that shows nothing at all is scored, calmly, and never without a word."""
    memory = CameraMemory("gate")
    for sequence in range(3):
        scored = judge(make_batch([encode_jpeg(picture)] * 5, sequence), memory, graph)
        assert scored.raw == pytest.approx(0, abs=0.5)
        assert "nothing can be judged" in scored.problems[-1]
        assert scored.evidence.words == "Nothing can be seen: the picture is blank."


def test_empty_street_is_not_blank(learned: bytes, graph: MotionGraph) -> None:
    """What has nothing in it that moves still shows something."""
    scored = judge(street_batch(LEARNED_CHUNKS, []), recall(learned), graph)
    assert scored.problems == ()
    assert scored.evidence.words.startswith("Nothing unusual for this camera.")


def brighter(picture: Bytes, by: int) -> Bytes:
    """Give a picture with all grey levels raised."""
    return np.clip(picture.astype(np.int16) + by, 0, 255).astype(np.uint8)


def nudged(picture: Bytes, by_px: int) -> Bytes:
    """Give a picture of a camera that was pushed."""
    return np.roll(picture, by_px, 1)


@pytest.mark.parametrize(
    ("change", "amount", "cause"),
    [(brighter, 60, Cause.LIGHT), (brighter, -60, Cause.LIGHT), (nudged, 9, Cause.OVERALL)],
    ids=["up", "down", "nudge"],
)
def test_sudden_overall_change_is_one_event(
    learned: bytes, graph: MotionGraph, change: object, amount: int, cause: Cause
) -> None:
    """The lights go on or the camera is pushed: one event, and calm again within 30 seconds."""
    memory = recall(learned)
    scored = []
    for sequence in range(LEARNED_CHUNKS, LEARNED_CHUNKS + 20):
        numbers = range(sequence * 20, sequence * 20 + 20)
        pictures = [change(draw_street(ORDINARY, n), amount) for n in numbers]  # type: ignore[operator]  # one of the two above
        scored.append(judge(make_batch(pictures, sequence), memory, graph))
    assert scored[0].evidence.cause is cause
    overall = [one for one in scored if one.evidence.cause is cause]
    assert len(overall) <= 2
    assert all(one.band is Band.ORDINARY for one in scored[-5:])


def test_noise_alone_is_no_event(learned: bytes, graph: MotionGraph) -> None:
    """A noisier picture moves nothing."""
    rng = np.random.default_rng(1)
    numbers = range(LEARNED_CHUNKS * 20, LEARNED_CHUNKS * 20 + 20)
    pictures = [
        np.clip(draw_street(ORDINARY, n) + rng.normal(0, 8, (120, 180)), 0, 255).astype(np.uint8)
        for n in numbers
    ]
    scored = judge(make_batch(pictures, LEARNED_CHUNKS), recall(learned), graph)
    assert scored.band in {Band.ORDINARY, Band.NOTICEABLE}


def test_thing_that_stays_is_named(learned: bytes, graph: MotionGraph) -> None:
    """A box left on the street is an event after some seconds."""
    memory = recall(learned)
    memory.history.seen_s = HALF_AN_HOUR_S
    causes = []
    for sequence in range(LEARNED_CHUNKS, LEARNED_CHUNKS + 15):
        left = Walker(100, 0.0, start=100, width_px=14, height_px=14, tone=10)
        causes.append(judge(street_batch(sequence, [*ORDINARY, left]), memory, graph).evidence)
    stays = [one for one in causes if one.cause is Cause.STAYS]
    assert stays
    assert "stayed" in stays[-1].words


def test_thing_that_goes_missing_is_named(graph: MotionGraph) -> None:
    """A structured thing that belongs to the view and is gone is called missing."""
    memory = CameraMemory("gate")
    memory.history.seen_s = HALF_AN_HOUR_S

    def street(number: int, *, stands: bool) -> Bytes:
        picture = draw_street(ORDINARY, number).copy()
        picture[96:116, 90:110] = np.where(np.indices((20, 20)).sum(0) % 4 < 2, 20, 235)
        if not stands:
            picture[96:116, 90:110] = 128
        return picture

    causes = []
    for sequence in range(LEARNED_CHUNKS):
        stands = sequence < LEARNED_CHUNKS - 16
        pictures = [street(sequence * 20 + n, stands=stands) for n in range(20)]
        causes.append(judge(make_batch(pictures, sequence), memory, graph).evidence.cause)
    assert Cause.MISSING in causes[-16:]


def test_thing_that_came_and_went_leaves_no_hole(learned: bytes, graph: MotionGraph) -> None:
    """A box that stood until it was partly in the view is out of it at once, and not missing."""
    memory = recall(learned)
    memory.history.seen_s = HALF_AN_HOUR_S
    place = (slice(92, 102), slice(92, 102))
    assert memory.background is not None
    before = memory.background.picture[place].copy()
    box = Walker(90, 0.0, start=100, width_px=14, height_px=14, tone=10)
    stood, causes = LEARNED_CHUNKS + 60, []
    for sequence in range(LEARNED_CHUNKS, stood + 6):
        there = [box] if sequence < stood else []
        scored = judge(street_batch(sequence, [*ORDINARY, *there]), memory, graph)
        causes.append(scored.evidence.cause)
    assert Cause.STAYS in causes[:60]
    assert Cause.MISSING not in causes
    assert np.abs(memory.background.picture[place] - before).mean() < 6


def test_memory_is_small_and_belongs_to_its_camera(learned: bytes) -> None:
    """A memory fits its slot and is refused for another camera, another version, or cut short."""
    assert len(learned) <= PAYLOAD_BYTES
    assert pack_memory(recall(learned)) == learned
    with pytest.raises(MemoryStateError, match=r'"yard".*belongs to camera "gate"'):
        unpack_memory(learned, "yard")
    with pytest.raises(MemoryStateError, match='"gate"'):
        unpack_memory(learned[:-100], "gate")
    for loose in (
        {"smooth": {"moving": 0.0, "energy": float("nan"), "motion": 0.0, "posture": 0.0}},
        {"times": [float("inf")] * 8},
    ):
        state = {**msgspec.msgpack.decode(learned), **loose}
        with pytest.raises(MemoryStateError, match=r'"gate".*not finite'):
            unpack_memory(msgspec.msgpack.encode(state), "gate")
    with pytest.raises(MemoryStateError, match="version 1"):
        unpack_memory(learned.replace(b"version" + bytes([VERSION]), b"version\x01", 1), "gate")


def test_a_memory_with_a_kind_of_track_evidence_more_is_read(
    learned: bytes, graph: MotionGraph
) -> None:
    """As one from before that kind was given up: nothing that the camera has learned is lost."""
    state = msgspec.msgpack.decode(learned)
    kind, (rows, kinds), content = state["arrays"]["tracks.tracks.raised"]
    wider = np.pad(np.frombuffer(content, kind).reshape(rows, kinds), ((0, 0), (0, 1)))
    state["arrays"]["tracks.tracks.raised"] = (kind, wider.shape, wider.tobytes())
    batch = street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER])
    older = unpack_memory(msgspec.msgpack.encode(state), "gate")
    assert judge(batch, older, graph).threat == pytest.approx(
        judge(batch, recall(learned), graph).threat, abs=0.05
    )


def test_gap_in_the_footage_is_no_motion(learned: bytes, graph: MotionGraph) -> None:
    """After a gap nothing is judged as if it had jumped."""
    memory = recall(learned)
    late = make_batch([draw_street(ORDINARY, n * 7) for n in range(1)], 0, start_s=2e6)
    assert judge(late, memory, graph).band in {Band.ORDINARY, Band.NOTICEABLE}


def test_half_the_frame_rate_is_no_event(learned: bytes, graph: MotionGraph) -> None:
    """When every second picture is left out under load, nothing seems faster (R11)."""
    batch = street_batch(LEARNED_CHUNKS)
    fewer = attrs.evolve(batch, pictures=batch.pictures[::2])
    whole = judge(batch, recall(learned), graph)
    assert judge(fewer, recall(learned), graph).raw < max(2 * whole.raw, whole.raw + 1)


def test_graph_that_is_none_is_refused(tmp_path: Path) -> None:
    """A file that is no graph, or another one, is named for what it is."""
    path = tmp_path / "motion.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(GraphError, match="not a graph"):
        MotionGraph(path, why_not_gpu="not asked for")


def test_graph_that_fails_leaves_every_chunk_unscored(
    learned: bytes, graph: MotionGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A graph that runs out of memory gives no scores and leaves the memories as they were."""

    def fail(_: Stack) -> None:
        raise GraphError("the motion graph failed: out of memory")

    monkeypatch.setattr(graph, "run", fail)
    memory = recall(learned)
    (outcome,) = detect_anomaly([Call(street_batch(LEARNED_CHUNKS), memory)], graph)
    assert isinstance(outcome, Unscored)
    assert 'camera "gate": the motion graph failed: out of memory' in outcome.reason


def test_street_without_anything_moving(graph: MotionGraph) -> None:
    """An empty street is learned too; the first thing that moves there is noticed."""
    memory = CameraMemory("gate")
    for sequence in range(3):
        assert judge(street_batch(sequence, []), memory, graph).raw < 1
    assert draw_ground().shape == (120, 180)


@pytest.mark.parametrize("count", [1, 2])
def test_a_chunk_that_shows_nothing_is_never_unusual(
    learned: bytes, graph: MotionGraph, count: int
) -> None:
    """After hours in which everything went on and on, one still picture is judged all the same."""
    memory = recall(learned)
    for history in (memory.history, memory.standing):
        for _ in range(200):
            note_score(history, 5.0, 20.0, is_high=True)
    still = draw_street([], 0)
    batch = make_batch([still] * count, LEARNED_CHUNKS, start_s=2e6)
    for _ in range(3):
        scored = judge(batch, memory, graph)
        assert (scored.threat, scored.evidence.cause) == (0.0, Cause.NOTHING)
        batch = make_batch([still] * count, batch.sequence + 1, start_s=2e6)
    assert scored.evidence.words == "Nothing unusual for this camera."
