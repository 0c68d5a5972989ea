"""Tables of an MPEG-TS, and what a hostile camera puts into them."""

import pytest

from media.cut.tables import SECTION_BYTES_MAX, Section

PACKET = b"G" + bytes(187)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0" * 184, b"\xff" * 184])
@pytest.mark.parametrize("begin", [b"", b"\0\0\xb0\x0d" + bytes(13), b"\0\0\xb3\xfd"])
def test_a_table_that_goes_on_for_ever_is_bounded(begin: bytes, payload: bytes) -> None:
    """Begun, whole, or never a table: what belongs to none is not kept (R2)."""
    section = Section()
    section.add(PACKET, begin, is_start=True)
    for _ in range(10_000):
        section.add(PACKET, payload, is_start=False)
    assert len(section.content) <= SECTION_BYTES_MAX + 184
    assert len(section.packets) <= 20 * len(PACKET)


def test_a_table_in_several_packets_is_put_together_once() -> None:
    """And again when it comes again."""
    content = b"\0\xb1\x00" + bytes(0x100)
    section = Section()
    for _ in range(2):
        assert section.add(PACKET, b"\0" + content[:183], is_start=True) is None
        assert section.add(PACKET, content[183:], is_start=False) == content
        assert section.add(PACKET, b"\xff" * 184, is_start=False) is None
        assert len(section.packets) == 2 * len(PACKET)
