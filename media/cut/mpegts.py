"""Cuts MPEG-TS into the access units of its video.

Only the packets of the tables and of the video are kept: sound is not recorded, and what is not
recorded need not be sent on. The tables stand in the head, so that each chunk decodes on its own. A
unit can be entered where the adaptation field says so (random access indicator), or where the codec
does, since cheap encoders never set the indicator.

Of a unit only its first packets are looked at one by one. What follows until the next unit, nearly
everything, is taken in runs that a regular expression finds.
"""

import re

from media.cut import keyframes
from media.cut.jpeg import too_large
from media.cut.pieces import UNIT_BYTES_MAX, Cut, Finding, Head, Piece
from media.cut.tables import Section, read_programmes, read_video
from media.cut.unwrap import Unwrap

PACKET_BYTES = 188
SYNC = 0x47
TABLES_WITHIN_BYTES = 4 * 1024 * 1024
"""Tables are repeated every 100 ms; who sends this much without any will not send one."""
_TICKS_PER_S = 90_000


class MpegTsCutter:
    """Cuts a transport stream."""

    def __init__(self, unit_bytes_max: int = UNIT_BYTES_MAX) -> None:
        self._unit_bytes_max = unit_bytes_max
        self._left = b""
        self._clock = Unwrap(33)
        self._pat, self._pmt = Section(), Section()
        self._pat_packets = b""
        self._map_id = self._video_id = -1
        self._stream_type = 0
        self._map = b""
        self._run = re.compile(b"(?!)")
        """Matches packets in a row that only continue a unit of the video."""
        self._unit = bytearray()
        self._is_in_unit = False
        self._is_key: bool | None = None
        self._stream_s: float | None = None
        self._scanned = b""
        self._bytes_without_tables = 0
        self._is_lost = False

    @property
    def held_bytes(self) -> int:
        """Bytes kept until a unit is complete."""
        return len(self._left) + len(self._unit)

    @property
    def lacks_bytes(self) -> int:
        """Bytes without which surely nothing becomes complete."""
        return 1

    def feed(self, data: bytes | memoryview) -> list[Cut]:
        """Return the access units that became complete by these bytes."""
        cuts: list[Cut] = []
        if self._is_lost:
            return cuts
        packets = self._left + data
        offset = 0
        while len(packets) - offset >= PACKET_BYTES and not self._is_lost:
            if packets[offset] == SYNC:
                end = self._end_of_run(packets, offset)
                self._take(packets[offset:end], cuts)
                offset = end
            else:
                cuts.append(_sync_lost())
                offset = _resynchronise(packets, offset)
        self._left = packets[offset:]
        self._check_tables(len(data), cuts)
        return cuts

    def end(self) -> list[Cut]:
        """Return the last access unit."""
        cuts: list[Cut] = []
        self._finish_unit(cuts)
        self._left = b""
        return cuts

    def _end_of_run(self, packets: bytes, offset: int) -> int:
        """Return where what can be taken at once ends: usually a packet, in a unit many."""
        if self._is_in_unit and self._is_key is not None:
            run = self._run.match(packets, offset)
            if run is not None:
                return run.end()
        return offset + PACKET_BYTES

    def _take(self, packet: bytes, cuts: list[Cut]) -> None:
        identifier = int.from_bytes(packet[1:3]) & 0x1FFF
        if identifier == self._video_id:
            self._take_video(packet, cuts)
        elif identifier == 0:
            self._take_pat(packet)
        elif identifier == self._map_id:
            self._take_map(packet, cuts)

    def _take_pat(self, packet: bytes) -> None:
        section = self._pat.add(packet, _payload(packet), is_start=_is_start(packet))
        if section is None:
            return
        programmes = read_programmes(section)
        if programmes and self._map_id not in programmes:
            self._map_id = programmes[0]
            self._pat_packets = bytes(self._pat.packets)

    def _take_map(self, packet: bytes, cuts: list[Cut]) -> None:
        section = self._pmt.add(packet, _payload(packet), is_start=_is_start(packet))
        if section is None or section == self._map:
            return
        self._map = section
        video = read_video(section, keyframes.KEY_TESTS)
        if video is None:
            cuts.append(_no_video())
            return
        self._finish_unit(cuts)
        self._video_id, self._stream_type = video
        self._run = _continuing(self._video_id)
        self._is_in_unit = False
        self._bytes_without_tables = 0
        cuts.append(Head(self._pat_packets + bytes(self._pmt.packets)))

    def _take_video(self, packet: bytes, cuts: list[Cut]) -> None:
        if packet[3] & 0xC0:
            cuts.append(_encrypted())
            self._is_lost = True
            return
        if _is_start(packet):
            self._finish_unit(cuts)
            self._begin_unit(packet)
        if not self._is_in_unit:
            return
        self._unit += packet
        if self._is_key is None:
            self._scan(packet)
        if len(self._unit) > self._unit_bytes_max:
            cuts.append(too_large("access unit", self._unit_bytes_max))
            self._drop_unit()

    def _begin_unit(self, packet: bytes) -> None:
        self._is_in_unit = True
        self._is_key = True if _is_random_access(packet) else None
        ticks = _read_ticks(_payload(packet))
        self._stream_s = None if ticks is None else self._clock.unwrap(ticks) / _TICKS_PER_S
        self._scanned = b""

    def _scan(self, packet: bytes) -> None:
        self._scanned += _payload(packet)
        self._is_key = keyframes.KEY_TESTS[self._stream_type](self._scanned)
        if self._is_key is None and len(self._scanned) > keyframes.SCAN_BYTES_MAX:
            self._is_key = False

    def _finish_unit(self, cuts: list[Cut]) -> None:
        if self._unit:
            cuts.append(Piece(bytes(self._unit), bool(self._is_key), self._stream_s))
        self._drop_unit()

    def _drop_unit(self) -> None:
        self._unit.clear()
        self._is_in_unit = False

    def _check_tables(self, new_bytes: int, cuts: list[Cut]) -> None:
        if self._video_id >= 0 or self._is_lost:
            return
        self._bytes_without_tables += new_bytes
        if self._bytes_without_tables > TABLES_WITHIN_BYTES:
            self._is_lost = True
            cuts.append(_no_video())


def _continuing(identifier: int) -> re.Pattern[bytes]:
    """Match packets of this identifier that begin no unit and are not scrambled."""
    high, low = divmod(identifier, 256)
    # Beside the identifier's upper bits: an error was seen (0x80), it is urgent (0x20).
    heads = b"".join(re.escape(bytes([high | flags])) for flags in (0, 0x20, 0x80, 0xA0))
    packet = b"\x47[%b]%b[\x00-\x3f].{184}" % (heads, re.escape(bytes([low])))
    return re.compile(b"(?:%b)++" % packet, re.DOTALL)


def _resynchronise(packets: bytes, offset: int) -> int:
    """Return where packets go on, judged by two sync bytes at the right distance."""
    found = packets.find(SYNC, offset)
    while 0 <= found < len(packets) - PACKET_BYTES:
        if packets[found + PACKET_BYTES] == SYNC:
            return found
        found = packets.find(SYNC, found + 1)
    return found if found >= 0 else len(packets)


def _is_start(packet: bytes) -> bool:
    return bool(packet[1] & 0x40)


def _payload(packet: bytes) -> bytes:
    control = packet[3] >> 4 & 3
    if not control & 1:
        return b""
    return packet[5 + packet[4] :] if control & 2 else packet[4:]


def _is_random_access(packet: bytes) -> bool:
    has_field = packet[3] >> 4 & 2
    return bool(has_field and packet[4] and packet[5] & 0x40)


def _read_ticks(payload: bytes) -> int | None:
    """Return a PES packet's decoding time, else its presentation time (ISO 13818-1, 2.4.3.6)."""
    if len(payload) < 14 or payload[:3] != b"\0\0\1" or not payload[7] & 0x80:
        return None
    at = 14 if payload[7] & 0x40 and len(payload) >= 19 else 9
    high, middle, low = payload[at], payload[at + 1 : at + 3], payload[at + 3 : at + 5]
    return (high >> 1 & 7) << 30 | int.from_bytes(middle) >> 1 << 15 | int.from_bytes(low) >> 1


def _sync_lost() -> Finding:
    return Finding("ts_sync_lost", "The transport stream lost its rhythm of 188 bytes.")


def _no_video() -> Finding:
    return Finding(
        "no_video",
        "The transport stream names no H.264, H.265, MPEG-4 or MPEG-2 video;"
        " choose another codec or profile in the camera.",
        is_fatal=True,
    )


def _encrypted() -> Finding:
    return Finding(
        "encrypted", "The video is encrypted (scrambled), which seda cannot read.", is_fatal=True
    )
