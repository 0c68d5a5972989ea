"""Makes chunks for tests, through the same cutters and chunker that cameras go through."""

from media.cut.chunk import Chunk, Chunker, ChunkFacts, ChunkRules, PictureSpan, Timed
from media.cut.cutters import make_cutter
from media.cut.pieces import Format, Head, Piece
from media.cut.sniff import Sniffed
from stages.camera.capture import CaptureClock

BEGIN_S = 1_700_000_000.0


def of_stream(
    form: str, stream: bytes, length_s: float = 2.0, arrivals_s: float | None = None
) -> list[Chunk]:
    """Return the chunks of a stream of this format, whose pieces came so far apart or when due."""
    kind = Format(form)
    chunker = Chunker("gate", 1, kind, ChunkRules(length_s=length_s))
    cutter, clock, pieces = make_cutter(Sniffed(kind)), CaptureClock(), 0
    found = []
    for item in cutter.feed(stream) + cutter.end():
        if isinstance(item, Head):
            found += chunker.set_head(item)
        elif isinstance(item, Piece):
            at_s = item.stream_s or 0.0
            came_s = at_s if arrivals_s is None else pieces * arrivals_s
            pieces += 1
            captured_s = clock.capture(item, BEGIN_S + came_s).wall_s
            found += chunker.add(Timed(item, captured_s, came_s))
    return [item for item in found + chunker.close() if isinstance(item, Chunk)]


def of_pictures(pictures: list[bytes], period_s: float = 0.1) -> tuple[ChunkFacts, bytes]:
    """Return one chunk of these pictures: facts and content."""
    marks, offset = [], 0
    for number, picture in enumerate(pictures):
        marks.append(PictureSpan(offset, len(picture), BEGIN_S + number * period_s))
        offset += len(picture)
    return facts(Format.MJPEG, marks=tuple(marks)), b"".join(pictures)


def facts(form: Format, marks: tuple[PictureSpan, ...] = ()) -> ChunkFacts:
    """Return the facts of a chunk of whatever content."""
    return ChunkFacts(
        camera="gate",
        epoch=1,
        sequence=0,
        format=form,
        captured_s=BEGIN_S,
        arrived_s=1.0,
        duration_s=2.0,
        pieces=max(1, len(marks)),
        marks=marks,
    )
