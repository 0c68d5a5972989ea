"""Reads the few boxes of MP4 that cutting needs (ISO 14496-12); what is odd reads as absent."""

from collections.abc import Iterator

import attrs

_NON_SYNC = 0x0001_0000
_BOXES_MAX = 256
"""In one container; an init segment has a dozen, a fragment four a track."""


@attrs.frozen
class Track:
    """The video track of an init segment."""

    identifier: int
    ticks_per_s: int
    default_flags: int
    is_fragmented: bool


@attrs.frozen
class Fragment:
    """What a fragment says of its first video sample."""

    is_key: bool
    stream_s: float | None


def read_header(data: bytes | bytearray) -> tuple[bytes, int, int] | None:
    """Return (kind, header's size, whole size) of the box that begins here, None if incomplete."""
    if len(data) < 8:
        return None
    size = int.from_bytes(data[:4])
    if size == 1:
        return (bytes(data[4:8]), 16, int.from_bytes(data[8:16])) if len(data) >= 16 else None
    return bytes(data[4:8]), 8, size


def read_track(moov: bytes) -> Track | None:
    """Return the first video track of an init segment."""
    body = moov[8:]
    for kind, track in _children(body):
        if kind == b"trak" and (_handler(track) == b"vide"):
            identifier, ticks_per_s = _identifier(track), _ticks_per_s(track)
            extends = _find(body, b"mvex")
            flags = _default_flags(extends or b"", identifier)
            return Track(identifier, ticks_per_s, flags, extends is not None)
    return None


def read_fragment(moof: bytes, track: Track) -> Fragment | None:
    """Return what a fragment says of the video track, None when it has none of it."""
    for kind, content in _children(moof[8:]):
        if kind != b"traf":
            continue
        header = _find(content, b"tfhd") or b""
        if int.from_bytes(header[4:8]) == track.identifier:
            flags = _first_flags(content, header, track.default_flags)
            return Fragment(not flags & _NON_SYNC, _decode_time_s(content, track.ticks_per_s))
    return None


def _children(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(_BOXES_MAX):
        header = read_header(body)
        if header is None or header[2] < header[1]:
            return
        kind, header_bytes, size = header
        yield kind, body[header_bytes:size]
        body = body[size:]


def _find(body: bytes, *path: bytes) -> bytes | None:
    for name in path:
        found = next((content for kind, content in _children(body) if kind == name), None)
        if found is None:
            return None
        body = found
    return body


def _handler(track: bytes) -> bytes:
    return (_find(track, b"mdia", b"hdlr") or b"")[8:12]


def _identifier(track: bytes) -> int:
    header = _find(track, b"tkhd") or bytes(20)
    at = 20 if header[:1] == b"\1" else 12
    return int.from_bytes(header[at : at + 4])


def _ticks_per_s(track: bytes) -> int:
    header = _find(track, b"mdia", b"mdhd") or b""
    at = 20 if header[:1] == b"\1" else 12
    return int.from_bytes(header[at : at + 4])


def _default_flags(extends: bytes, identifier: int) -> int:
    for kind, content in _children(extends):
        if kind == b"trex" and int.from_bytes(content[4:8]) == identifier:
            return int.from_bytes(content[20:24])
    return 0


def _decode_time_s(content: bytes, ticks_per_s: int) -> float | None:
    time = _find(content, b"tfdt")
    if not time or not ticks_per_s:
        return None
    return int.from_bytes(time[4 : 12 if time[0] == 1 else 8]) / ticks_per_s


def _first_flags(content: bytes, header: bytes, default: int) -> int:
    """Return the first sample's flags: its own, the run's for the first, or the defaults."""
    present = int.from_bytes(header[1:4])
    if present & 0x20:
        at = 8 + 8 * bool(present & 1) + sum(4 for bit in (2, 8, 0x10) if present & bit)
        default = int.from_bytes(header[at : at + 4])
    run = _find(content, b"trun")
    if not run:
        return default
    present = int.from_bytes(run[1:4])
    at = 8 + 4 * (present & 1)
    if present & 4:
        return int.from_bytes(run[at : at + 4])
    if not present & 0x400:
        return default
    at += sum(4 for bit in (0x100, 0x200) if present & bit)
    return int.from_bytes(run[at : at + 4])
