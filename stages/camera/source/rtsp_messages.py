"""RTSP as bytes: messages, and the media frames between them (RFC 2326, 10.12). Pure.

What was read is written anew, so that whoever reads it next cannot understand it differently:
line ends, spaces, and bytes that some readers pass over are where they belong or not there.
"""

import re
from collections.abc import Iterator

import attrs

HEAD_BYTES_MAX = 16 * 1024
BODY_BYTES_MAX = 256 * 1024
"""A description of a stream takes one or two thousand."""
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(r"RTSP/[0-9.]{1,8} ([1-5][0-9]{2})(?: |\Z)")
_BLANK = b"\r\n"
_FRAME_SIGN = 0x24
_FRAME_HEAD_BYTES = 4


class NotRtsp(Exception):
    """Bytes that are neither a message nor a frame."""


@attrs.frozen
class Message:
    """A question or an answer."""

    first: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def is_answer(self) -> bool:
        """Whether this answers a question."""
        return self.first.startswith("RTSP/")

    @property
    def status(self) -> int:
        """The status of an answer; 0 of a question, and of an answer without one."""
        found = _STATUS.match(self.first)
        return int(found[1]) if found else 0

    def values(self, name: str) -> list[str]:
        """Return the values of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def value(self, name: str) -> str:
        """Return the first value of a header, empty where there is none."""
        return next(iter(self.values(name)), "")

    def without(self, *names: str) -> "Message":
        """Return the message without these headers."""
        left = tuple(it for it in self.headers if it[0].lower() not in names)
        return attrs.evolve(self, headers=left)

    def plus(self, name: str, value: str) -> "Message":
        """Return the message with this header and no other of its name."""
        left = self.without(name.lower())
        return attrs.evolve(left, headers=((name, value), *left.headers))

    def encode(self) -> bytes:
        """Return the bytes, with the length of the body where there is one."""
        whole = self.plus("Content-Length", str(len(self.body))) if self.body else self
        lines = [whole.first, *(f"{name}: {value}" for name, value in whole.headers), "", ""]
        return "\r\n".join(lines).encode("latin-1", "replace") + self.body


class Reading:
    """Takes one side's bytes apart."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Message | bytes]:
        """Yield messages, and frames as they are; raise NotRtsp."""
        self._held += data
        while self._held:
            if self._held[0] in _BLANK:
                del self._held[0]
                continue
            found = self._frames() if self._held[0] == _FRAME_SIGN else self._message()
            if found is None:
                return
            yield found

    def _frames(self) -> bytes | None:
        """Return all whole frames that come next."""
        held, end = self._held, 0
        while len(held) >= end + _FRAME_HEAD_BYTES and held[end] == _FRAME_SIGN:
            size_bytes = int.from_bytes(held[end + 2 : end + 4], "big") + _FRAME_HEAD_BYTES
            if len(held) < end + size_bytes:
                break
            end += size_bytes
        found = bytes(memoryview(held)[:end])
        del held[:end]
        return found or None

    def _message(self) -> Message | None:
        end = _HEAD_END.search(self._held, 0, HEAD_BYTES_MAX)
        if end is None:
            if len(self._held) >= HEAD_BYTES_MAX:
                raise NotRtsp(f"a head of over {HEAD_BYTES_MAX} bytes")
            return None
        message = read_head(bytes(self._held[: end.start()]))
        size_bytes = _length(message)
        whole_bytes = end.end() + size_bytes
        if len(self._held) < whole_bytes:
            return None
        body = bytes(self._held[end.end() : whole_bytes])
        del self._held[:whole_bytes]
        return attrs.evolve(message, body=body).without("content-length")


def read_head(head: bytes) -> Message:
    """Return what a head says; lines that are no header are left out."""
    lines = [_plain(line) for line in head.split(b"\n")]
    if "RTSP/" not in lines[0]:
        raise NotRtsp("an answer that is not RTSP")
    pairs = [line.partition(":") for line in lines[1:]]
    headers = tuple((name.strip(), value.strip()) for name, colon, value in pairs if colon)
    message = Message(" ".join(lines[0].split()), headers)
    if message.is_answer and not message.status:
        raise NotRtsp("an answer without a status")
    return message


def _plain(line: bytes) -> str:
    """Return a line without what some readers pass over."""
    return "".join(it for it in line.decode("latin-1") if it.isprintable() or it == "\t")


def _length(message: Message) -> int:
    written = message.value("content-length") or "0"
    if not written.isdecimal() or len(written) > 9 or int(written) > BODY_BYTES_MAX:
        raise NotRtsp(f"a body of {written[:20]} bytes")
    return int(written)
