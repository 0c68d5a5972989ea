"""Every container decodes, also for who joins late."""

import io
import itertools

import av
import numpy as np
import pytest

from scripts.demo.cameras import Format
from scripts.demo.encode import CONTAINERS, Piece, VideoEncoder, encode_jpeg

RATE_PER_S = 6.0
FRAMES = 30


def encoded(form: Format) -> tuple[bytes, list[Piece]]:
    """Encode a square that moves."""
    encoder = VideoEncoder(form, (320, 180), RATE_PER_S)
    pieces = []
    for number in range(FRAMES):
        frame = np.full((180, 320, 3), 60, np.uint8)
        frame[60:120, number * 8 : number * 8 + 40] = 220
        pieces.append(encoder.encode(frame, 100 + number / RATE_PER_S))
    header = encoder.header
    encoder.close()
    return header, [piece for piece in pieces if piece is not None]


@pytest.mark.parametrize("form", CONTAINERS)
def test_a_stream_decodes_from_every_piece_that_starts(form: Format) -> None:
    """Who joins at a later keyframe gets whole pictures at rising times."""
    header, pieces = encoded(form)
    starts = [place for place, piece in enumerate(pieces) if piece.starts]
    assert len(starts) >= 3
    for place in starts[:3]:
        data = header + b"".join(piece.data for piece in pieces[place:])
        with av.open(io.BytesIO(data), "r") as container:
            frames = list(container.decode(video=0))
        times = [frame.time or 0.0 for frame in frames]
        assert frames
        assert (frames[0].width, frames[0].height) == (320, 180)
        assert times == sorted(times)


def test_keyframes_come_every_one_or_two_seconds() -> None:
    """A chunk can be cut often enough."""
    _, pieces = encoded("mpegts")
    at = [piece.at_s for piece in pieces if piece.starts]
    assert all(1.0 <= after - before <= 2.0 for before, after in itertools.pairwise(at))


def test_a_jpeg_is_a_jpeg() -> None:
    """What is compressed opens again at its size."""
    data = encode_jpeg(np.zeros((180, 320, 3), np.uint8))
    assert data.startswith(b"\xff\xd8")
    assert data.endswith(b"\xff\xd9")
