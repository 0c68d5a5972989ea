"""How facts and snapshots are written as bytes, and read back from bytes that may be torn.

A journal file is a sequence of records: length, checksum, payload. The checksum covers the length
too, because some file systems leave a tail of zeros after a power cut, and zeros would otherwise
read as records of no length with the right checksum. The first record is the header; a snapshot
may follow it; then comes one record for each batch of facts, which is all or nothing, and a header
for each time that the file was opened.
"""

from collections.abc import Iterator
from struct import Struct
from zlib import crc32

import attrs
import msgspec

from stages.assignment.policy.commands import FACTS, Fact
from stages.assignment.policy.records import Records

VERSION = 1
SEARCHED_BYTES_MAX = 64 * 1024
"""Behind damage no longer record is looked for: batches are shorter, and looking costs."""
RECORD_BYTES_MAX = 256 * 1024 * 1024
"""No record is longer; a length beyond is damage and not a reason to read on for it."""

_HEAD = Struct("<II")
_LENGTH = Struct("<I")
_TAGS: dict[type[Fact], str] = {kind: kind.__name__ for kind in FACTS}
_DECODERS = {kind.__name__: msgspec.msgpack.Decoder(kind) for kind in FACTS}
_ENCODER = msgspec.msgpack.Encoder()


class JournalDamageError(Exception):
    """Bytes of the journal do not say what a journal says."""


@attrs.frozen(kw_only=True)
class Header:
    """The first record of a file."""

    version: int
    generation: str
    """Drawn when the journal was opened; part of every lease id from there on."""
    boot: str = ""
    """Which start of the machine it was opened in."""


@attrs.frozen(kw_only=True)
class Batch:
    """The facts of one happening, with the policy's clock and the wall clock at that time."""

    now_s: float
    wall_s: float
    facts: tuple[Fact, ...] = ()


@attrs.frozen(kw_only=True)
class Snapshot:
    """Everything that the batches before it led to."""

    now_s: float
    wall_s: float
    records: Records


def frame_record(payload: bytes) -> bytes:
    """Put length and checksum before a payload."""
    length = _LENGTH.pack(len(payload))
    return length + _LENGTH.pack(crc32(payload, crc32(length))) + payload


def split_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each whole record's end and payload, up to the first that is torn or damaged."""
    start = 0
    while (payload := _record_at(content, start)) is not None:
        start += _HEAD.size + len(payload)
        yield start, payload


def count_records(content: bytes) -> int:
    """Count the whole records in bytes that begin with damage, wherever they begin."""
    number, start = 0, 0
    while start + _HEAD.size <= len(content):
        payload = _record_at(content, start, SEARCHED_BYTES_MAX)
        number += payload is not None
        start += 1 if payload is None else _HEAD.size + len(payload)
    return number


def _record_at(content: bytes, start: int, length_max: int = RECORD_BYTES_MAX) -> bytes | None:
    """Return the payload of the record that begins here, if a whole one does."""
    if start + _HEAD.size > len(content):
        return None
    length, checksum = _HEAD.unpack_from(content, start)
    end = start + _HEAD.size + length
    if length > length_max or end > len(content):
        return None
    payload = content[start + _HEAD.size : end]
    return payload if crc32(payload, crc32(_LENGTH.pack(length))) == checksum else None


def encode_batch(batch: Batch) -> bytes:
    """Write a batch as a payload."""
    facts = [(_TAGS[type(fact)], fact) for fact in batch.facts]
    return _ENCODER.encode(("batch", (batch.now_s, batch.wall_s, facts)))


def encode_header(header: Header) -> bytes:
    """Write a header as a payload."""
    return _ENCODER.encode(("header", header))


def encode_snapshot(snapshot: Snapshot) -> bytes:
    """Write a snapshot as a payload."""
    return _ENCODER.encode(("snapshot", snapshot))


_TAGGED = msgspec.msgpack.Decoder(tuple[str, msgspec.Raw])
_BATCH = msgspec.msgpack.Decoder(tuple[float, float, list[tuple[str, msgspec.Raw]]])
_HEADER = msgspec.msgpack.Decoder(Header)
_SNAPSHOT = msgspec.msgpack.Decoder(Snapshot)


def decode(payload: bytes) -> Header | Snapshot | Batch:
    """Read a payload whose checksum was right."""
    try:
        return _decode(payload)
    except (msgspec.MsgspecError, KeyError) as error:
        raise JournalDamageError(
            f"a journal record has the right checksum but not the right content ({error}); "
            "it was written by another version of seda: run that version, or move the file away"
        ) from error


def _decode(payload: bytes) -> Header | Snapshot | Batch:
    tag, content = _TAGGED.decode(payload)
    if tag == "header":
        return _HEADER.decode(content)
    if tag == "snapshot":
        return _SNAPSHOT.decode(content)
    now_s, wall_s, facts = _BATCH.decode(content)
    decoded = tuple(_DECODERS[name].decode(fact) for name, fact in facts)
    return Batch(now_s=now_s, wall_s=wall_s, facts=decoded)
