"""The fast decoder gets only what it can be trusted with, and never writes beyond its memory."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.seeing.pictures import PictureError, shrink_picture
from media.jpeg_header import DECODE_MAX_S, SCANS_MAX, Header, read_header, walk
from testing.data import DATA
from testing.films import media
from tests.anomaly.street import draw_ground, encode_jpeg

JPEG = encode_jpeg(draw_ground().repeat(2, 0).repeat(2, 1), "RGB", quality=90)
FRAME = JPEG.index(b"\xff\xc0")

# Decodes into memory that ends where a page begins that nobody may touch.
GUARDED = """
import ctypes, mmap, sys
import numpy as np
from simplejpeg import decode_jpeg
from media.jpeg_header import read_header
from anomaly.seeing.pictures import _least, small_size

libc = ctypes.CDLL(None, use_errno=True)
decoded = 0
for line in sys.stdin:
    content = open(line.rstrip("\\n"), "rb").read()
    header = read_header(content)
    if header is None or not header.is_plain or header.is_dear or header.pixels > 64_000_000:
        continue
    size = header.width_px, header.height_px
    width, height = _least(size, small_size(*size))
    need = width * height
    pages = -(-need // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, pages + mmap.PAGESIZE)
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    assert libc.mprotect(ctypes.c_void_p(start + pages), mmap.PAGESIZE, 0) == 0
    place = np.frombuffer(memory, np.uint8, need, pages - need)
    print("decoding", line.strip(), file=sys.stderr, flush=True)
    try:
        decode_jpeg(content, "GRAY", min_width=width, min_height=height, buffer=place)
        decoded += 1
    except ValueError:
        pass
    libc.mprotect(ctypes.c_void_p(start + pages), mmap.PAGESIZE, 3)
print(decoded)
"""


def plain_size(content: bytes) -> tuple[int, int] | None:
    """Return the size of what the fast decoder may have."""
    header = read_header(content)
    return (header.width_px, header.height_px) if header and header.is_plain else None


def guarded(files: list[Path]) -> int:
    """Decode files in a process that dies of any byte written too far; give how many could be."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", GUARDED],
        input="".join(f"{file}\n" for file in files),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr[-300:]
    return int(done.stdout)


@pytest.mark.parametrize("options", [{}, {"progressive": 1}])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_what_cameras_send_is_plain(mode: str, options: dict[str, int]) -> None:
    """Baseline and progressive, grey and colour."""
    assert plain_size(encode_jpeg(draw_ground(), mode, **options)) == (180, 120)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8",
        JPEG[: FRAME + 6],
        JPEG[:FRAME] + b"\xff\xc3" + JPEG[FRAME + 2 :],  # lossless
        JPEG[:FRAME] + b"\xff\xc9" + JPEG[FRAME + 2 :],  # arithmetic
        JPEG[: FRAME + 4] + b"\x0c" + JPEG[FRAME + 5 :],  # 12 bits
        JPEG[: FRAME + 9] + b"\x04" + JPEG[FRAME + 10 :],  # more components than it has
        JPEG[: FRAME + 5] + bytes(4) + JPEG[FRAME + 9 :],  # no size
        JPEG[:2] + b"\x00" + JPEG[2:],  # something between the segments
        encode_jpeg(draw_ground(), "CMYK"),
    ],
)
def test_everything_else_is_not(content: bytes) -> None:
    """Whatever the fast decoder was not made for goes to Pillow."""
    assert plain_size(content) is None


def test_both_decoders_give_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of them had a file cannot be seen in a score."""
    fast = shrink_picture(JPEG)
    monkeypatch.setattr("anomaly.seeing.pictures.decode_grey", lambda *_: None)
    np.testing.assert_array_equal(fast, shrink_picture(JPEG))


@pytest.mark.parametrize(("progressive", "scans"), [(False, 1), (True, 10)])
def test_scans_are_counted(progressive: bool, scans: int) -> None:  # noqa: FBT001 - a table
    """One in baseline, ten in what the usual encoder makes of colour (R24)."""
    header = read_header(encode_jpeg(draw_ground(), "RGB", progressive=int(progressive)))
    assert header is not None
    assert (header.scans, header.is_dear) == (scans, False)


def test_thousands_of_scans_are_refused_before_they_are_decoded() -> None:
    """A small file that visits its picture thousands of times costs no decoder anything (R24)."""
    bomb = media.scan_bomb(2000)
    header = read_header(bomb)
    assert header is not None
    assert header.scans > SCANS_MAX
    with pytest.raises(PictureError, match="more than 64 scans"):
        shrink_picture(bomb)


def test_a_few_scans_over_a_large_picture_are_refused() -> None:
    """What counts is the time: scans that pass for a small picture do not for a large one."""
    small, large = read_header(media.scan_bomb(57)), read_header(media.scan_bomb(57, 4096, 2304))
    assert small is not None
    assert large is not None
    assert not small.is_dear
    assert large.is_dear
    assert large.decode_s > DECODE_MAX_S > 100 * small.decode_s


def test_scans_behind_a_complete_one_are_counted_where_they_are_decoded() -> None:
    """Libav goes on behind a first scan that has everything, libjpeg does not."""
    scan = JPEG.index(b"\xff\xda")
    repeated = JPEG[:-2] + JPEG[scan:-2] * 99 + JPEG[-2:]

    def scans(header: Header | None) -> int:
        assert header is not None
        return header.scans

    assert scans(read_header(repeated)) == 1
    assert scans(read_header(repeated, all_scans=True)) > SCANS_MAX


@given(st.binary(max_size=300), st.integers(0, 700))
def test_segments_lie_within_the_file_one_after_the_other(junk: bytes, at: int) -> None:
    """Whatever is read, a segment has its four bytes and ends where the file does at the latest."""
    content = JPEG[:at] + junk
    end = 2
    for segment in walk(content):
        assert end <= segment.start
        assert segment.start + 4 == segment.body <= segment.end <= len(content)
        end = segment.end


@given(st.binary(max_size=300))
def test_any_bytes_give_an_answer(content: bytes) -> None:
    """Never an exception or an empty size, whatever follows the start of a JPEG."""
    size = plain_size(b"\xff\xd8" + content)
    assert size is None or min(size) > 0


def test_malformed_files_stay_within_their_memory() -> None:
    """No malformed file at hand, and none with some of its bytes turned, writes too far."""
    folder = DATA / "malformed" / "jpeg"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; set SEDA_DATA to test with malformed files")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert guarded(files) > 50


def test_turned_bytes_stay_within_their_memory(tmp_path: Path) -> None:
    """The same with a good file of which a few bytes were turned."""
    rng = np.random.default_rng(5)
    files = []
    for number in range(300):
        turned = bytearray(JPEG)
        places = rng.integers(2, len(JPEG) if number % 2 else 700, rng.integers(1, 6))
        for place in places:
            turned[place] = rng.integers(0, 256)
        files.append(tmp_path / f"{number}.jpg")
        files[-1].write_bytes(turned)
    assert guarded(files) > 50
