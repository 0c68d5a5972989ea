"""Puts together the tables of an MPEG-TS (PAT and PMT) from packets and reads them."""

from collections.abc import Container

import attrs

SECTION_BYTES_MAX = 1024 + 3
"""ISO 13818-1: a PAT or PMT section has at most 1021 bytes behind its length."""

_PACKETS_BYTES_MAX = 16 * 204
"""Three times the packets of the longest section: some carry little, and a few nothing."""


@attrs.define
class Section:
    """One table being received: its bytes, and the packets that carried them."""

    content: bytearray = attrs.field(factory=bytearray)
    packets: bytearray = attrs.field(factory=bytearray)
    is_whole: bool = False
    """Nothing belongs to it any more, until another one begins."""

    def add(self, packet: bytes, payload: bytes, *, is_start: bool) -> bytes | None:
        """Return the section once it is complete."""
        if is_start:
            self.content = bytearray(payload[1 + payload[0] :]) if payload else bytearray()
            self.packets, self.is_whole = bytearray(packet), False
        elif self.packets and not self.is_whole:
            self.content += payload
            self.packets += packet
        else:
            return None
        length = 3
        if len(self.content) >= length:
            length += int.from_bytes(self.content[1:3]) & 0x0FFF
        if length > SECTION_BYTES_MAX or len(self.packets) > _PACKETS_BYTES_MAX:
            self.packets.clear()
            self.content.clear()
        if not self.packets or len(self.content) < max(length, 4):
            return None
        self.is_whole = True
        return bytes(self.content[:length])


def read_programmes(section: bytes) -> list[int]:
    """Return the packet identifiers of the programme maps that a PAT names."""
    if section[0] != 0x00:
        return []
    body = section[8:-4]
    entries = [body[at : at + 4] for at in range(0, len(body) - 3, 4)]
    return [_identifier(entry[2:]) for entry in entries if entry[:2] != b"\0\0"]


def read_video(section: bytes, known: Container[int]) -> tuple[int, int] | None:
    """Return (packet identifier, stream type) of the first known kind of stream in a PMT."""
    if section[0] != 0x02 or len(section) < 16:
        return None
    body = section[:-4]
    at = 12 + (int.from_bytes(section[10:12]) & 0x0FFF)
    while at + 5 <= len(body):
        if body[at] in known:
            return _identifier(body[at + 1 : at + 3]), body[at]
        at += 5 + (int.from_bytes(body[at + 3 : at + 5]) & 0x0FFF)
    return None


def _identifier(two_bytes: bytes) -> int:
    return int.from_bytes(two_bytes) & 0x1FFF
