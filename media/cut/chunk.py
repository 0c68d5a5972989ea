"""Puts pieces together to chunks that start at a keyframe and decode on their own.

A chunk is closed by the first keyframe after its length is reached. Time is the stream's own where
it has one, else arrival; both only as differences. Pictures (MJPEG) can all be entered, so there a
chunk is closed as soon as the next picture would be too late for it, without waiting for it.

Chunks are bounded in bytes. When a camera sends keyframes so rarely that the bound is reached, the
chunk is closed there, what follows is passed over up to the next keyframe, and a finding says so.
Nor does the next chunk begin before this one's time is over, so that nobody makes more chunks, or
more bytes of them, than the rules allow.
"""

from hashlib import sha256
from urllib.parse import quote

import attrs

from media.cut.pieces import Finding, Format, Gap, Head, Piece

INTRA = frozenset({Format.MJPEG, Format.JPEG})
JUMP_S = 10.0
"""A stream whose own time moves by more at once, or backwards, does not continue."""
BACKWARDS_S = 1.0
_NAME_CHARACTERS = 72


@attrs.frozen
class ChunkRules:
    """How chunks are made."""

    length_s: float = 2.0
    bytes_max: int = 16 * 1024 * 1024
    """2 s of 64 Mbit/s; a handful of them a camera may be buffered."""
    pieces_max: int = 600
    """2 s of 300 pictures a second; their marks fill half of an event's datagram."""


@attrs.frozen
class PictureSpan:
    """Where a picture lies in a chunk of pictures, and when it was taken."""

    offset_bytes: int
    size_bytes: int
    captured_s: float


@attrs.frozen
class ChunkFacts:
    """What travels beside a chunk's bytes."""

    camera: str
    epoch: int
    """Of the connection; grows with each one."""
    sequence: int
    """Counts the chunks of an epoch without gaps."""
    format: Format
    captured_s: float
    """Wall time of the first piece."""
    arrived_s: float
    """Monotonic time when the last piece had arrived."""
    duration_s: float
    """From the first to the last piece."""
    pieces: int
    filmed_s: float = 0.0
    """The same by the capture clock, which no stream's own time leads astray for long."""
    stream_s: float | None = None
    """The stream's own time at the first piece."""
    head_bytes: int = 0
    marks: tuple[PictureSpan, ...] = ()
    """Of each picture, for MJPEG alone."""
    is_cut_short: bool = False
    """Closed by its bound in bytes or pieces: what followed is missing."""

    @property
    def id(self) -> str:
        """Unique among all chunks, and fit for an event, whatever the camera is called."""
        return f"{_plain(self.camera)}/{self.epoch}/{self.sequence}"


@attrs.frozen
class Chunk:
    """Some seconds of one camera's video: facts, and the bytes as they came."""

    facts: ChunkFacts
    parts: tuple[bytes, ...]
    """In order, the head first; to be written one after the other."""

    @property
    def size_bytes(self) -> int:
        """Bytes of all parts."""
        return sum(len(part) for part in self.parts)


@attrs.frozen
class Timed:
    """A piece and when it was taken and had arrived."""

    piece: Piece
    captured_s: float
    arrived_s: float

    @property
    def policy_s(self) -> float:
        """The time that chunks are measured by."""
        return self.arrived_s if self.piece.stream_s is None else self.piece.stream_s


class Chunker:
    """Makes the chunks of one connection."""

    def __init__(self, camera: str, epoch: int, form: Format, rules: ChunkRules) -> None:
        self._camera = camera
        self._epoch = epoch
        self._format = Format.MJPEG if form in INTRA else form
        self._rules = rules
        self._sequence = 0
        self._head = b""
        self._pieces: list[Timed] = []
        self._bytes = 0
        self._passed = 0
        self._passed_bytes = 0
        self._gap_s = 0.0
        """Between the last two pieces."""
        self._last_s: float | None = None
        self._has_warned = False
        self._hold_until_s: float | None = None
        """After a chunk that was cut short: when its time is over."""

    @property
    def held_bytes(self) -> int:
        """Bytes of the unfinished chunk."""
        return self._bytes

    @property
    def spare_s(self) -> float:
        """For how long surely no chunk becomes complete, by the stream's own time.

        None that is known for pictures, whose time is that of their arrival.
        """
        first, last = (self._pieces[0], self._pieces[-1]) if self._pieces else (None, None)
        if first is None or last is None or last.piece.stream_s is None:
            return 0.0
        return max(0.0, self._rules.length_s - (last.policy_s - first.policy_s))

    def set_head(self, head: Head) -> list[Chunk | Finding]:
        """Take another head: pieces that follow cannot share a chunk with those before."""
        done = self.close() if head.data != self._head else []
        self._head = head.data
        return done

    def close(self, gap: Gap | None = None, *, is_cut_short: bool = False) -> list[Chunk | Finding]:
        """Return the unfinished chunk as it is: the connection ended, or a gap follows."""
        del gap
        if not self._pieces:
            return []
        chunk = Chunk(self._facts(is_cut_short=is_cut_short), self._parts())
        self._pieces.clear()
        self._bytes = 0
        self._sequence += 1
        return [chunk]

    def add(self, timed: Timed) -> list[Chunk | Finding]:
        """Take a piece; return the chunk that it completes, and findings."""
        self._note_gap(timed)
        return self._place(timed)

    def _place(self, timed: Timed) -> list[Chunk | Finding]:
        done: list[Chunk | Finding] = []
        if self._has_jumped(timed):
            done += self.close()
        if self._pieces and timed.piece.is_key and self._is_long_enough(timed):
            done += self.close()
        if not self._pieces and not self._can_begin(timed, done):
            return done
        if self._is_over(timed):
            return [*done, *self._cut_short(timed)]
        self._pieces.append(timed)
        self._bytes += len(timed.piece.data)
        self._warn_of_rare_keyframes(done)
        if self._format is Format.MJPEG and self._would_be_too_late():
            done += self.close()
        return done

    def _can_begin(self, timed: Timed, done: list[Chunk | Finding]) -> bool:
        if timed.piece.is_key and not self._is_held(timed):
            self._hold_until_s = None
            if self._passed:
                done.append(_passed_over(self._passed))
            self._passed = self._passed_bytes = 0
            return True
        self._passed += 1
        was_within = self._passed_bytes <= self._rules.bytes_max
        self._passed_bytes += 0 if timed.piece.is_key else len(timed.piece.data)
        if was_within and self._passed_bytes > self._rules.bytes_max:
            done.append(_no_keyframe(self._rules.bytes_max))
        return False

    def _is_held(self, timed: Timed) -> bool:
        """Return whether the time of a chunk that was cut short still runs; a jump ends it."""
        if self._hold_until_s is None:
            return False
        left_s = self._hold_until_s - timed.policy_s
        return 0 < left_s <= self._rules.length_s

    def _note_gap(self, timed: Timed) -> None:
        if self._last_s is not None:
            self._gap_s = min(max(0.0, timed.policy_s - self._last_s), JUMP_S)
        self._last_s = timed.policy_s

    def _has_jumped(self, timed: Timed) -> bool:
        if not self._pieces:
            return False
        step_s = timed.policy_s - self._pieces[-1].policy_s
        return not -BACKWARDS_S <= step_s <= JUMP_S

    def _is_long_enough(self, timed: Timed) -> bool:
        # Half a gap of tolerance: a keyframe that is a hair early is the one that was meant.
        elapsed_s = timed.policy_s - self._pieces[0].policy_s
        return elapsed_s + self._gap_s / 2 >= self._rules.length_s

    def _would_be_too_late(self) -> bool:
        elapsed_s = self._pieces[-1].policy_s - self._pieces[0].policy_s
        next_s = elapsed_s + self._gap_s
        return next_s + self._gap_s / 2 >= self._rules.length_s

    def _is_over(self, timed: Timed) -> bool:
        is_full = len(self._pieces) >= self._rules.pieces_max
        size_bytes = self._bytes + len(timed.piece.data) + len(self._head)
        return is_full or (bool(self._pieces) and size_bytes > self._rules.bytes_max)

    def _cut_short(self, timed: Timed) -> list[Chunk | Finding]:
        """Close the chunk at its bound and see whether this piece can begin another."""
        self._hold_until_s = self._pieces[0].policy_s + self._rules.length_s
        done = [*self.close(is_cut_short=True), _too_dense(self._rules)]
        return [*done, *self._place(timed)]

    def _warn_of_rare_keyframes(self, done: list[Chunk | Finding]) -> None:
        elapsed_s = self._pieces[-1].policy_s - self._pieces[0].policy_s
        if self._has_warned or elapsed_s < 2 * self._rules.length_s + 1:
            return
        self._has_warned = True
        done.append(_rare(elapsed_s))

    def _parts(self) -> tuple[bytes, ...]:
        pieces = tuple(timed.piece.data for timed in self._pieces)
        return (self._head, *pieces) if self._head else pieces

    def _facts(self, *, is_cut_short: bool) -> ChunkFacts:
        first, last = self._pieces[0], self._pieces[-1]
        return ChunkFacts(
            camera=self._camera,
            epoch=self._epoch,
            sequence=self._sequence,
            format=self._format,
            captured_s=first.captured_s,
            arrived_s=last.arrived_s,
            duration_s=max(0.0, last.policy_s - first.policy_s),
            pieces=len(self._pieces),
            filmed_s=max(0.0, last.captured_s - first.captured_s),
            stream_s=first.piece.stream_s,
            head_bytes=len(self._head),
            marks=self._marks(),
            is_cut_short=is_cut_short,
        )

    def _marks(self) -> tuple[PictureSpan, ...]:
        if self._format is not Format.MJPEG:
            return ()
        marks = []
        offset_bytes = len(self._head)
        for timed in self._pieces:
            size_bytes = len(timed.piece.data)
            marks.append(PictureSpan(offset_bytes, size_bytes, timed.captured_s))
            offset_bytes += size_bytes
        return tuple(marks)


def _plain(camera: str) -> str:
    """Return a name of printable ASCII; a long one keeps its beginning and gets a hash."""
    quoted = quote(camera.encode("utf-8", "surrogatepass"), safe="")
    if len(quoted) <= _NAME_CHARACTERS:
        return quoted
    return f"{quoted[:48]}~{sha256(quoted.encode()).hexdigest()[:16]}"


def _passed_over(count: int) -> Finding:
    return Finding(
        "passed_to_keyframe",
        "Video before the first keyframe, or after a chunk that was cut short, cannot be decoded.",
        count=count,
    )


def _no_keyframe(limit_bytes: int) -> Finding:
    return Finding(
        "no_keyframe",
        f"The camera sent {limit_bytes // 2**20} MB without a keyframe, so nothing can be shown;"
        " set its keyframe interval (GOP, I-frame interval) to one second.",
    )


def _too_dense(rules: ChunkRules) -> Finding:
    return Finding(
        "chunk_cut_short",
        f"A chunk reached {rules.bytes_max // 2**20} MB or {rules.pieces_max} pieces before the"
        " next keyframe; lower its bit rate, or keyframes oftener.",
    )


def _rare(seconds: float) -> Finding:
    return Finding(
        "keyframes_rare",
        f"The camera sends no keyframe for {seconds:.0f} s or longer, so that pictures are seen"
        " that much later; set its keyframe interval (GOP, I-frame interval) to one second.",
    )
