"""Cuts MJPEG sent as multipart/x-mixed-replace. Only JPEG parts come out.

Cameras get nearly everything about this format wrong: the boundary in the header has its dashes or
lacks them, is quoted or missing, the length of a part is absent or false, parts hold text or sound.
So nothing is believed without a second sign:

    PREAMBLE --boundary line--> HEADERS --blank line--> SIZED | UNSIZED --end--> PREAMBLE
                                   |                        |
                                   +------ too long --------+--> SKIP --boundary--> HEADERS

The boundary is the line that really stands in the stream. A part with a length is done when its
bytes have arrived *and* they end as a JPEG ends. A part without a length, or with a false one, ends
where its JPEG ends or the next boundary begins, whichever is first; so no picture waits for the
next one to arrive. A stream that begins with a JPEG instead of a boundary is cut by pictures alone.
"""

import re
from typing import TYPE_CHECKING

from media.cut import jpeg
from media.cut.pieces import UNIT_BYTES_MAX, Cut, Finding, Piece
from media.cut.stamps import read_stamp

if TYPE_CHECKING:
    from collections.abc import Callable

HEADERS_BYTES_MAX = 8 * 1024
PREAMBLE_BYTES_MAX = 64 * 1024
"""A web page or another protocol is recognised by then."""
BOUNDARY_BYTES_MAX = 200
"""RFC 2046 allows 70; nobody's boundary is a paragraph."""
PART_BYTES_MIN = 128
"""Of a boundary, headers and the smallest picture; so short a part waits for what follows it."""
_BLANK = re.compile(rb"[\r\n\0]+")
_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n")
_PADDING_BYTES = 64
"""Some cameras pad a picture with zeros or a line end after its end marker."""


def read_boundary(content_type: str) -> bytes | None:
    """Return the boundary parameter of a content type, however it is quoted, or None."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "boundary":
            return value.strip().strip("\"'").strip().encode("latin-1", "replace") or None
    return None


def read_headers(block: bytes) -> dict[bytes, bytes]:
    """Return a part's headers, names in lower case; what is no header is left out."""
    headers = {}
    for line in block.splitlines():
        name, colon, value = line.partition(b":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers


class MultipartCutter:
    """Cuts a multipart stream into its JPEG parts."""

    def __init__(self, boundary: bytes | None = None, unit_bytes_max: int = UNIT_BYTES_MAX) -> None:
        self._declared = boundary
        self._unit_bytes_max = unit_bytes_max
        self._delimiter = b""
        self._buffer = bytearray()
        self._step: Callable[[list[Cut]], bool] = self._preamble
        self._headers: dict[bytes, bytes] = {}
        self._length = 0
        self._scan = jpeg.EndScan()
        self._searched = 0
        self._passed_bytes = 0
        """Before the first boundary."""
        self._bare: jpeg.JpegCutter | None = None
        self._is_lost = False

    @property
    def held_bytes(self) -> int:
        """Bytes kept until a part is complete."""
        return len(self._buffer) + (self._bare.held_bytes if self._bare else 0)

    @property
    def lacks_bytes(self) -> int:
        """Bytes without which surely nothing becomes complete, where a part tells its length."""
        if self._step == self._sized:
            return self._length - len(self._buffer)
        return PART_BYTES_MIN if self._length and self._step == self._preamble else 1

    def feed(self, data: bytes | memoryview) -> list[Cut]:
        """Return the pictures that became complete by these bytes."""
        if self._bare is not None:
            return self._bare.feed(data)
        if self._is_lost:
            return []
        self._buffer += data
        cuts: list[Cut] = []
        while self._step(cuts):
            pass
        return cuts

    def end(self) -> list[Cut]:
        """Return what is left of a picture that was cut off."""
        if self._bare is not None:
            return self._bare.end()
        left = bytes(self._buffer)
        self._buffer.clear()
        is_body = self._step in (self._sized, self._unsized)
        if is_body and left.startswith(jpeg.START):
            return [jpeg.truncated(), Piece(left, is_key=True, stamp_s=read_stamp(self._headers))]
        return []

    def _preamble(self, cuts: list[Cut]) -> bool:
        """Between parts: pass over what is not a boundary."""
        buffer = self._buffer
        blank = _BLANK.match(buffer)
        if blank is not None:
            del buffer[: blank.end()]
        if not self._delimiter:
            return self._learn(cuts)
        if buffer.startswith(self._delimiter):
            return self._delimiter_line()
        if len(buffer) < len(self._delimiter):
            return False
        cuts.append(jpeg.junk())
        self._step = self._skip
        return True

    def _learn(self, cuts: list[Cut]) -> bool:
        """Take the first line that can be a boundary for the boundary."""
        buffer = self._buffer
        if buffer.startswith(jpeg.START):
            return self._go_bare(cuts)
        line_end = buffer.find(b"\n", 0, PREAMBLE_BYTES_MAX)
        passed_bytes = self._passed_bytes + max(line_end, 0)
        if passed_bytes + (len(buffer) if line_end < 0 else 0) > PREAMBLE_BYTES_MAX:
            return self._give_up(cuts)
        if line_end < 0:
            return False
        self._passed_bytes = passed_bytes
        line = bytes(buffer[:line_end]).strip()
        if self._is_delimiter(line):
            self._delimiter = line.removesuffix(b"--") if line != b"--" else line
            return True
        del buffer[: line_end + 1]
        return True

    def _is_delimiter(self, line: bytes) -> bool:
        if not line or len(line) > BOUNDARY_BYTES_MAX:
            return False
        return line.startswith(b"--") or line == self._declared

    def _go_bare(self, cuts: list[Cut]) -> bool:
        cuts.append(
            Finding(
                "boundary_missing", "The camera sends pictures without a boundary between them."
            )
        )
        self._bare = jpeg.JpegCutter(self._unit_bytes_max)
        cuts += self._bare.feed(bytes(self._buffer))
        self._buffer.clear()
        return False

    def _give_up(self, cuts: list[Cut]) -> bool:
        self._buffer.clear()
        self._is_lost = True
        cuts.append(
            Finding(
                "boundary_not_found",
                "The camera says that it sends pictures (multipart), but neither a boundary nor a"
                " picture came; check that the URL is that of the video.",
                is_fatal=True,
            )
        )
        return False

    def _delimiter_line(self) -> bool:
        past = len(self._delimiter)
        line_end = self._buffer.find(b"\n", past, past + BOUNDARY_BYTES_MAX)
        if line_end < 0:
            return self._bare_delimiter()
        is_last = bytes(self._buffer[:line_end]).strip() == self._delimiter + b"--"
        del self._buffer[: line_end + 1]
        self._step = self._preamble if is_last else self._read_headers
        return True

    def _bare_delimiter(self) -> bool:
        """Pass a boundary line that does not end; a further line is looked for behind it."""
        if len(self._buffer) <= len(self._delimiter) + BOUNDARY_BYTES_MAX:
            return False
        del self._buffer[: len(self._delimiter)]
        self._step = self._skip
        return True

    def _read_headers(self, cuts: list[Cut]) -> bool:
        buffer = self._buffer
        if buffer.startswith(jpeg.START):
            return self._begin_body(cuts, b"", 0)
        for line_end in (b"\r\n", b"\n"):
            if buffer.startswith(line_end):
                return self._begin_body(cuts, b"", len(line_end))
        end = _BLANK_LINE.search(buffer, 0, HEADERS_BYTES_MAX + 4)
        if end is not None:
            return self._begin_body(cuts, bytes(buffer[: end.start()]), end.end())
        if len(buffer) <= HEADERS_BYTES_MAX:
            return False
        cuts.append(
            Finding("part_headers_too_long", "A part's headers do not end; it was skipped.")
        )
        self._step = self._skip
        return True

    def _begin_body(self, cuts: list[Cut], block: bytes, consumed: int) -> bool:
        del self._buffer[:consumed]
        self._headers = read_headers(block)
        self._scan = jpeg.EndScan()
        self._searched = 0
        written = self._headers.get(b"content-length", b"")
        self._length = int(written) if written.isdigit() and len(written) < 16 else 0
        self._step = self._sized if self._length else self._unsized
        if self._length > self._unit_bytes_max:
            self._skip_oversize(cuts)
        return True

    def _sized(self, cuts: list[Cut]) -> bool:
        buffer, length = self._buffer, self._length
        if len(buffer) < length:
            return False
        if not buffer.startswith(jpeg.START):
            cuts.append(self._not_jpeg())
            return self._finish(length)
        tail = buffer[max(0, length - _PADDING_BYTES) : length]
        if jpeg.END not in tail:
            cuts.append(
                Finding("part_length_wrong", "The camera states lengths of parts that are wrong.")
            )
            self._step = self._unsized
            return True
        return self._emit(cuts, length)

    def _unsized(self, cuts: list[Cut]) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        is_jpeg = buffer.startswith(jpeg.START)
        end = self._scan.find(buffer) if is_jpeg else -1
        boundary = self._find_boundary(end)
        if boundary >= 0:
            return self._end_at_boundary(cuts, boundary, is_jpeg=is_jpeg)
        if 0 <= end <= len(buffer):
            return self._emit(cuts, end)
        if len(buffer) > self._unit_bytes_max:
            self._skip_oversize(cuts)
            return True
        return False

    def _find_boundary(self, end: int) -> int:
        """Return where the next boundary line begins, if it does before this end."""
        needle = b"\n" + self._delimiter
        until = end if 0 <= end <= len(self._buffer) else len(self._buffer)
        found = self._buffer.find(needle, self._searched, until)
        self._searched = max(0, until - len(needle))
        return found

    def _end_at_boundary(self, cuts: list[Cut], boundary: int, *, is_jpeg: bool) -> bool:
        if not is_jpeg:
            cuts.append(self._not_jpeg())
            return self._finish(boundary + 1)
        cuts.append(jpeg.truncated())
        return self._emit(cuts, boundary)

    def _emit(self, cuts: list[Cut], length: int) -> bool:
        data = bytes(memoryview(self._buffer)[:length])
        cuts.append(Piece(data, is_key=True, stamp_s=read_stamp(self._headers)))
        return self._finish(length)

    def _finish(self, length: int) -> bool:
        del self._buffer[:length]
        self._step = self._preamble
        return True

    def _skip_oversize(self, cuts: list[Cut]) -> None:
        cuts.append(jpeg.too_large("part", self._unit_bytes_max))
        self._step = self._skip

    def _skip(self, cuts: list[Cut]) -> bool:
        """Discard up to the next boundary, keeping no more than could be the beginning of it."""
        del cuts
        found = self._buffer.find(self._delimiter)
        if found >= 0:
            del self._buffer[:found]
            return self._resume()
        del self._buffer[: max(0, len(self._buffer) - len(self._delimiter))]
        return False

    def _resume(self) -> bool:
        self._step = self._preamble
        return True

    def _not_jpeg(self) -> Finding:
        kind = self._headers.get(b"content-type", b"no type")[:40].decode("latin-1")
        return Finding("part_not_jpeg", f"The camera sends parts that are not JPEG ({kind}).")
