"""The fast decoder gets only what it can be trusted with, and never writes beyond its memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.jpegheader import plain_size
from anomaly.pictures import shrink_picture
from tests.anomaly.street import draw_ground, encode_jpeg

DATA = Path(os.environ.get("SEDA_DATA", Path(__file__).parents[3] / "shared" / "data"))
JPEG = encode_jpeg(draw_ground().repeat(2, 0).repeat(2, 1), "RGB", quality=90)
FRAME = JPEG.index(b"\xff\xc0")

# Decodes into memory that ends where a page begins that nobody may touch.
GUARDED = """
import ctypes, mmap, sys
import numpy as np
from simplejpeg import decode_jpeg
from anomaly.jpegheader import plain_size
from anomaly.pictures import _least, small_size

libc = ctypes.CDLL(None, use_errno=True)
decoded = 0
for line in sys.stdin:
    content = open(line.rstrip("\\n"), "rb").read()
    size = plain_size(content)
    if size is None or size[0] * size[1] > 64_000_000:
        continue
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
    """Which of them had a file can not be seen in a score."""
    fast = shrink_picture(JPEG)
    monkeypatch.setattr("anomaly.pictures.plain_size", lambda _: None)
    np.testing.assert_array_equal(fast, shrink_picture(JPEG))


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
