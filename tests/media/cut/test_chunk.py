"""Chunks: their length, what they start with, and their bounds."""

from hypothesis import given
from hypothesis import strategies as st

from media.cut.chunk import Chunk, Chunker, ChunkRules, Timed
from media.cut.pieces import Finding, Format, Head, Piece
from tests.media.cut.feeding import names


def run(
    chunker: Chunker, pieces: list[tuple[float, bool]], size: int = 10, *, has_time: bool = True
) -> list[Chunk | Finding]:
    out: list[Chunk | Finding] = []
    for at_s, is_key in pieces:
        piece = Piece(bytes(size), is_key, at_s if has_time else None)
        out += chunker.add(Timed(piece, captured_s=1e9 + at_s, arrived_s=at_s))
    return out


def chunks(found: list[Chunk | Finding]) -> list[Chunk]:
    return [item for item in found if isinstance(item, Chunk)]


def video(seconds: float, keyframe_s: float, rate: int = 10) -> list[tuple[float, bool]]:
    every = round(keyframe_s * rate)
    return [(number / rate, number % every == 0) for number in range(round(seconds * rate))]


def make(form: Format = Format.MPEG_TS, **rules: float) -> Chunker:
    return Chunker("gate", 7, form, ChunkRules(**rules))  # type: ignore[arg-type]  # ints by name


def test_the_time_to_spare_is_what_a_chunk_still_lasts() -> None:
    """Until then no chunk becomes complete; of pictures that have no time of their own none is."""
    chunker = make(length_s=2.0)
    assert chunker.spare_s == 0.0
    for at, expected_s in ((0.0, 2.0), (1.5, 0.5), (2.5, 0.0)):
        chunker.add(Timed(Piece(b"x", at == 0.0, at), captured_s=1e9, arrived_s=9.0))
        assert chunker.spare_s == expected_s
    pictures = make(Format.MJPEG)
    run(pictures, [(0.0, True)], has_time=False)
    assert pictures.spare_s == 0.0


def test_chunks_have_the_configured_length_and_start_at_keyframes() -> None:
    """2 s chunks of a stream with a keyframe a second (R19)."""
    done = chunks(run(make(length_s=2.0), video(7, 1.0)))
    assert [chunk.facts.pieces for chunk in done] == [20, 20, 20]
    assert [chunk.facts.sequence for chunk in done] == [0, 1, 2]
    assert [chunk.facts.captured_s - 1e9 for chunk in done] == [0, 2, 4]
    assert done[1].facts.id == "gate/7/1"


def test_pictures_close_a_chunk_without_waiting_for_the_next() -> None:
    """At one picture a second a chunk of 2 s leaves with its second picture."""
    done = chunks(run(make(Format.MJPEG), [(0.0, True), (1.0, True), (2.0, True), (3.0, True)]))
    assert [chunk.facts.arrived_s for chunk in done] == [1.0, 3.0]
    assert [mark.offset_bytes for mark in done[0].facts.marks] == [0, 10]


def test_slow_pictures_leave_at_once() -> None:
    """A snapshot every 5 s does not wait 5 s for the next."""
    done = chunks(run(make(Format.JPEG), [(5.0 * n, True) for n in range(4)]))
    assert [chunk.facts.arrived_s for chunk in done] == [0.0, 5.0, 10.0, 15.0]


def test_jitter_does_not_stretch_a_chunk() -> None:
    """A keyframe a hair before the length counts."""
    done = chunks(run(make(), [(0, True), (1, False), (1.98, True), (3, False), (3.97, True)]))
    assert [chunk.facts.pieces for chunk in done] == [2, 2]


def test_arrival_counts_where_the_stream_has_no_time() -> None:
    """Without a time in the stream, arrival measures the length."""
    done = chunks(run(make(), video(5, 1.0), has_time=False))
    assert [chunk.facts.pieces for chunk in done] == [20, 20]


def test_nothing_starts_before_a_keyframe() -> None:
    """What comes first and cannot be decoded is counted."""
    found = run(make(), [(0, False), (1, False), (2, True), (3, False), (4, True)])
    assert [item.count for item in found if isinstance(item, Finding)] == [2]
    assert [chunk.facts.pieces for chunk in chunks(found)] == [2]


def test_rare_keyframes_are_said_and_bounded() -> None:
    """A stream that reaches the bound is cut there, up to the next keyframe, and it is said."""
    found = run(make(bytes_max=400), video(13, 6.0), size=10)
    assert [chunk.facts.pieces for chunk in chunks(found)] == [40, 40]
    assert all(chunk.facts.is_cut_short for chunk in chunks(found))
    cut_short = [item for item in found if isinstance(item, Finding)]
    assert names(cut_short).count("chunk_cut_short") == 2
    assert sum(item.count for item in cut_short if item.name == "passed_to_keyframe") == 40
    assert names(run(make(), video(13, 6.0))) == ["keyframes_rare"]


def test_a_stream_without_keyframes_says_so_once() -> None:
    """Nothing is held and one sentence comes."""
    chunker = make(bytes_max=1000)
    assert names(run(chunker, [(n / 10, False) for n in range(500)])) == ["no_keyframe"]
    assert chunker.held_bytes == 0


def test_a_flood_of_pictures_makes_no_flood_of_chunks() -> None:
    """A thousand pictures a second give one bounded chunk each two seconds, and it is said."""
    chunker = make(Format.MJPEG, pieces_max=100)
    found = run(chunker, [(n / 1000, True) for n in range(8000)])
    assert [chunk.facts.pieces for chunk in chunks(found)] == [100] * 4
    assert names(found).count("chunk_cut_short") == 4


def test_another_head_begins_another_chunk() -> None:
    """Pieces with different codec data never share a chunk, and each carries its own."""
    chunker = make()
    chunker.set_head(Head(b"one"))
    run(chunker, [(0, True), (0.5, False)])
    (first,) = chunks(chunker.set_head(Head(b"two")))
    run(chunker, [(1.0, True)])
    (second,) = chunks(chunker.close())
    assert (first.parts[0], second.parts[0]) == (b"one", b"two")
    assert chunker.set_head(Head(b"two")) == []


def test_a_jump_in_time_begins_another_chunk() -> None:
    """A camera whose clock was set does not make a chunk of an hour."""
    found = run(make(), [(0, True), (0.5, False), (3600, True), (3600.5, False), (10, True)])
    assert [chunk.facts.duration_s for chunk in chunks(found)] == [0.5, 0.5]


@given(
    st.lists(st.tuples(st.floats(0, 3, width=32), st.booleans()), max_size=80),
    st.integers(1, 60),
    st.booleans(),
)
def test_chunks_are_bounded_ordered_and_lose_nothing_in_silence(
    steps: list[tuple[float, bool]],
    size: int,
    has_time: bool,  # noqa: FBT001
) -> None:
    """Whatever comes: within bounds, keyframe first, sequence whole, every piece accounted for."""
    at_s, pieces = 0.0, []
    for step_s, is_key in steps:
        at_s += step_s
        pieces.append((at_s, is_key))
    chunker = make(bytes_max=200, pieces_max=12)
    found = run(chunker, pieces, size, has_time=has_time) + chunker.close()
    done = chunks(found)
    assert [chunk.facts.sequence for chunk in done] == list(range(len(done)))
    assert all(chunk.size_bytes <= max(200, size) for chunk in done)
    assert all(0 < chunk.facts.pieces <= 12 for chunk in done)
    passed = sum(
        item.count
        for item in found
        if isinstance(item, Finding) and item.name == "passed_to_keyframe"
    )
    assert sum(chunk.facts.pieces for chunk in done) + passed + chunker._passed == len(pieces)
