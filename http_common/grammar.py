"""What a head and the framing of a chunked body may look like, byte for byte. Pure.

h11 reads requests, and takes more than RFC 9112 asks for: lines that end in a bare LF, folded
lines, control characters in values, blanks after a chunk's size. Each of them is a difference to
whatever stands in front of us, and such differences are how requests are smuggled. So everything
is looked at here before h11 sees it, and what is not plain is refused. How this compares with
llhttp stands in design/http-parser.md.
"""

import re

from http_common.refused import Malformed

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_FIELD = rb"%b++:[\t -~\x80-\xff]*+\r\n" % _TOKEN
_HEAD = re.compile(rb"%b++ [!-~]++ HTTP/[0-9]\.[0-9]\r\n(?:%b)*+\r\n" % (_TOKEN, _FIELD))
FIRST_LINE = re.compile(rb"(%b++) ([!-~]++) HTTP/[0-9]\.[0-9]" % _TOKEN)
_OTHER_LINE = re.compile(_FIELD[:-4])
_IMPOSSIBLE = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What no completion can turn into a head."""

_QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*+"'
_EXTENSION = rb";%b++(?:=(?:%b++|%b))?" % (_TOKEN, _TOKEN, _QUOTED)
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:%b)*+\r\n" % _EXTENSION)
_TRAILER = re.compile(_FIELD)
FIELDS_MAX = 100
"""Of a head: each costs what hundreds of bytes do; browsers and proxies send thirty."""
_LINE_BYTES = 1024
"""Of a chunk's size with its extensions, or of a trailer."""
_TRAILERS_MAX = 16
FRAMING_BYTES = 2048
FRAMING_SHARE = 1 / 16
"""Of the data: each chunk costs what hundreds of bytes do, and nobody needs chunks of a byte."""


def check_head(head: bytes) -> None:
    """Raise Malformed unless this is the head of a request, up to and with its empty line."""
    if head.count(b"\r\n") > FIELDS_MAX + 2:
        raise Malformed(431, f"a request's head may have {FIELDS_MAX} fields")
    if _HEAD.fullmatch(head) is None:
        raise Malformed(400, _why(head))


def check_begun(content: bytes | bytearray, looked_bytes: int = 0) -> None:
    """Raise Malformed if this is not how a head begins, of which so much was looked at before."""
    # The last byte again: whether it may stand there, the next one says.
    if _IMPOSSIBLE.search(content, max(looked_bytes - 1, 0)) is not None:
        raise Malformed(400, _why(bytes(content)))


def _why(head: bytes) -> str:
    """Name the first line that is wrong."""
    first, *others = head.split(b"\r\n")
    if FIRST_LINE.fullmatch(first) is None:
        return "the request's first line is not METHOD TARGET HTTP/VERSION"
    for number, line in enumerate(others, 2):
        if line and _OTHER_LINE.fullmatch(line) is None:
            return f"line {number} of the request's head is not NAME: VALUE"
    return "the request's head does not end as it should"


class ChunkedBody:
    """Reads a chunked body and raises Malformed where its framing is not as it may be."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._skip_bytes = 0
        self._take = self._take_size
        self._trailers = 0
        self._framing_bytes = 0
        self.data = bytearray()
        self.rest = b""
        """What came behind the body."""
        self.is_over = False

    def feed(self, content: bytes) -> None:
        """Take what came next."""
        at = 0
        while at < len(content) and not self.is_over:
            if self._skip_bytes:
                step = min(self._skip_bytes, len(content) - at)
                self.data += content[at : at + step]
                self._skip_bytes -= step
                at += step
            else:
                at = self._look_at_line(content, at)
        self.rest += content[at:]

    def _look_at_line(self, content: bytes, at: int) -> int:
        end = content.find(b"\n", at) + 1
        part = content[at : end or len(content)]
        self._line += part
        self._framing_bytes += len(part)
        if self._framing_bytes > FRAMING_BYTES + FRAMING_SHARE * len(self.data):
            raise Malformed(400, "the body's chunks are too small for what is in them")
        if len(self._line) > _LINE_BYTES:
            raise Malformed(400, f"a line of the body's framing is over {_LINE_BYTES} bytes long")
        if end:
            line = bytes(self._line)
            self._line.clear()
            self._take(line)
        return end or len(content)

    def _take_size(self, line: bytes) -> None:
        found = _SIZE.fullmatch(line)
        if found is None:
            raise Malformed(400, "a chunk of the body does not begin with its size")
        self._skip_bytes = int(found[1], 16)
        self._take = self._take_end if self._skip_bytes else self._take_trailer

    def _take_end(self, line: bytes) -> None:
        if line != b"\r\n":
            raise Malformed(400, "a chunk of the body is longer than it says")
        self._take = self._take_size

    def _take_trailer(self, line: bytes) -> None:
        self._trailers += 1
        if line == b"\r\n":
            self.is_over = True
        elif _TRAILER.fullmatch(line) is None or self._trailers > _TRAILERS_MAX:
            raise Malformed(400, "the body does not end as it should")
