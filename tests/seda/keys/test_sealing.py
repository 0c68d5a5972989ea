"""What is sealed can be read back, and nothing else is believed."""

import stat
from base64 import urlsafe_b64encode
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seda.decisions import Lease
from seda.keys import lease_key
from seda.keys.sealing import KEY_BYTES, NAME_CHARACTERS, Forged, opaque_id, open_lease, seal
from seda.messages import Band, Mark

KEY = b"k" * KEY_BYTES
LEASE = Lease(
    lease_id="g-1",
    frame_id="a" * NAME_CHARACTERS,
    root="b" * NAME_CHARACTERS,
    camera="Gate \N{EM DASH} north",
    spotter="anna",
    threat=0.75,
    band=Band.ALARMING,
    captured_s=1.7e9,
    sha256="0" * 64,
    mark=Mark("moving", 0.5, 0.25, (1, 2, 3)),
)


def test_a_sealed_lease_is_read_back() -> None:
    """By whoever has the key; as text that fits JSON and a form's limit."""
    text = seal(KEY, LEASE)
    assert text.isascii()
    assert len(text) < 1024
    assert open_lease(KEY, text) == LEASE


@given(st.integers(0), st.sampled_from("ABCDEFGHabcdefgh0123-_"))
def test_a_changed_lease_is_forged(place: int, other: str) -> None:
    """Whatever character is another one, unless it means the same bits."""
    text = seal(KEY, LEASE)
    place %= len(text)
    changed = text[:place] + other + text[place + 1 :]
    try:
        assert open_lease(KEY, changed) == LEASE
    except Forged:
        assert changed != text


@given(
    st.text(max_size=100) | st.binary(max_size=100).map(lambda it: urlsafe_b64encode(it).decode())
)
def test_what_nobody_sealed_is_forged(text: str) -> None:
    """Any text at all, from anybody."""
    with pytest.raises(Forged):
        open_lease(KEY, text)


def test_another_key_opens_nothing() -> None:
    """A lease of another installation is worth nothing here."""
    with pytest.raises(Forged):
        open_lease(b"x" * KEY_BYTES, seal(KEY, LEASE))


def test_a_lease_of_another_spotter_is_another_text() -> None:
    """The seal is over who holds it, too."""
    assert seal(KEY, attrs.evolve(LEASE, spotter="bert")) != seal(KEY, LEASE)


def test_a_name_outside_tells_nothing_and_stays() -> None:
    """Neither camera nor number is in it; the same frame has the same name after a restart."""
    names = {opaque_id(KEY, f"gate/1/{number}") for number in range(1000)}
    assert len(names) == 1000
    assert all(
        len(name) == NAME_CHARACTERS and set(name) <= set("0123456789abcdef") for name in names
    )
    assert opaque_id(KEY, "gate/1/1") == opaque_id(KEY, "gate/1/1") != opaque_id(b"x", "gate/1/1")


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    """Leases on screens survive a restart; nobody else may read the key."""
    folder = str(tmp_path / "data")
    lease_key.make(folder)
    key = lease_key.read(folder)
    lease_key.make(folder)
    assert lease_key.read(folder) == key
    assert len(key) == KEY_BYTES
    assert stat.S_IMODE((tmp_path / "data" / lease_key.FILE).stat().st_mode) == 0o600


def test_a_key_that_is_none_is_told_with_what_to_do(tmp_path: Path) -> None:
    """A cut or missing file is no key of zero bytes."""
    with pytest.raises(lease_key.LeaseKeyError, match=r"lease\.key"):
        lease_key.read(str(tmp_path))
    (tmp_path / lease_key.FILE).write_bytes(b"short")
    with pytest.raises(lease_key.LeaseKeyError, match="remove it"):
        lease_key.read(str(tmp_path))
