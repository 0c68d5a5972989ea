"""The quarantine on disk: whole entries, capped, replayable under new ids."""

import os
from pathlib import Path

import pytest

from seda import payload, quarantine
from seda.disk.small_files import Unreadable
from seda.messages import ID_BYTES, Event, Payload
from testing.faults.corruption import damaged

CONTENT = b"a chunk" * 100


def keep(place: Path, event_id: str, at_s: float = 0.0) -> None:
    """Quarantine an event with one payload."""
    event = Event(event_id, "chunk", "gate", b"body", (Payload("memory", len(CONTENT)),))
    descriptor = payload.make(CONTENT)
    try:
        quarantine.store(place / "transcoder", event, (descriptor,), "raised", at_s)
    finally:
        os.close(descriptor)
    folder = place / "transcoder" / quarantine.name_of(event_id)
    os.utime(folder, (at_s, at_s))


def test_what_was_kept_is_listed_and_loaded_under_a_new_id(tmp_path: Path) -> None:
    """A replay has the same content and another id, so that it is not taken for a repeat."""
    keep(tmp_path, "gate/1/../7", 86400.0)
    [entry] = quarantine.entries(tmp_path)
    assert (entry.id, entry.key, entry.reason) == ("gate/1/../7", "gate", "raised")
    assert entry.at == "1970-01-02T00:00:00.000+00:00"
    event, descriptors = quarantine.load(tmp_path, "transcoder", entry.name, "r1")
    assert (event.id, event.body) == ("gate/1/../7~r1", b"body")
    with payload.view(descriptors[0], len(CONTENT)) as content:
        assert content == CONTENT
    os.close(descriptors[0])
    quarantine.delete(tmp_path, "transcoder", entry.name)
    assert quarantine.entries(tmp_path) == []


def test_names_stay_inside_and_differ(tmp_path: Path) -> None:
    """An id is text from outside: no directory can be chosen with it."""
    ids = ["../../etc/x", "..", ".", "a" * ID_BYTES, "a" * (ID_BYTES - 1), "/", "a/b", "a_b"]
    for event_id in ids:
        keep(tmp_path, event_id)
    assert len(quarantine.entries(tmp_path)) == len(ids)
    assert [it.name for it in tmp_path.iterdir()] == ["transcoder"]


def test_the_longest_id_can_be_replayed(tmp_path: Path) -> None:
    """The new id is not longer than ids may be."""
    keep(tmp_path, "a" * ID_BYTES)
    [entry] = quarantine.entries(tmp_path)
    event, descriptors = quarantine.load(tmp_path, "transcoder", entry.name, "r1")
    os.close(descriptors[0])
    assert len(event.id) == ID_BYTES
    assert event.id.endswith("~r1")


def test_the_oldest_give_way(tmp_path: Path) -> None:
    """Room is made by age, over all stages."""
    for number in range(4):
        keep(tmp_path, f"e{number}", at_s=100.0 - number)
    sizes = sum(entry.size_bytes for entry in quarantine.entries(tmp_path))
    gone = quarantine.make_room(tmp_path, sizes // 2)
    assert gone == [f"transcoder/{quarantine.name_of(it)}" for it in ("e3", "e2")]
    assert {entry.id for entry in quarantine.entries(tmp_path)} == {"e0", "e1"}


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    """Half an entry is never seen."""
    event = Event("e", "chunk", "gate", payloads=(Payload("memory", 5),))
    with pytest.raises(OSError, match="Bad file"):
        quarantine.store(tmp_path / "transcoder", event, (-1,), "raised", 0.0)
    assert list((tmp_path / "transcoder").iterdir()) == []


def test_memory_larger_than_its_event_says_is_not_read_to_its_end(tmp_path: Path) -> None:
    """A lying payload costs no more disk than what was admitted."""
    event = Event("e", "chunk", "gate", payloads=(Payload("memory", 5),))
    descriptor = payload.make(CONTENT)
    quarantine.store(tmp_path / "transcoder", event, (descriptor,), "raised", 0.0)
    os.close(descriptor)
    [kept] = tmp_path.glob("transcoder/*/payload-0")
    assert kept.read_bytes() == CONTENT[:5]


def test_an_event_that_had_a_connection_is_kept_but_not_replayed(tmp_path: Path) -> None:
    """People see that it happened; the connection is gone."""
    event = Event("e", "request", "spotter", payloads=(Payload("connection", 0),))
    quarantine.store(tmp_path / "http", event, (0,), "raised", 0.0)
    with pytest.raises(ValueError, match="connection"):
        quarantine.load(tmp_path, "http", quarantine.name_of("e"), "r1")


def test_a_damaged_entry_is_listed_with_what_is_wrong(tmp_path: Path) -> None:
    """It takes room until somebody deletes it, so it has to be seen."""
    keep(tmp_path, "gate/1")
    [entry] = quarantine.entries(tmp_path)
    about = tmp_path / "transcoder" / entry.name / "about.json"
    for wrong in damaged(about.read_bytes()):
        about.write_bytes(wrong)
        [shown] = quarantine.entries(tmp_path)
        assert (shown.stage, shown.name) == ("transcoder", entry.name)
    assert str(about) in shown.reason


def test_a_damaged_header_is_not_replayed(tmp_path: Path) -> None:
    """The words name the file."""
    keep(tmp_path, "gate/1")
    [entry] = quarantine.entries(tmp_path)
    header = tmp_path / "transcoder" / entry.name / "event.msgpack"
    header.write_bytes(header.read_bytes().replace(b"gate", b"g\xe1te"))
    with pytest.raises(Unreadable, match=r"event\.msgpack cannot be read"):
        quarantine.load(tmp_path, "transcoder", entry.name, "r1")
    header.unlink()
    with pytest.raises(Unreadable, match="it is not there"):
        quarantine.load(tmp_path, "transcoder", entry.name, "r1")
