"""A handler that begins: after a crash, beside another one, on a broken journal."""

import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import attrs
import pytest

from stages.assignment.frame_details import FrameDetails, encode_details
from stages.assignment.journal.journal import JournalInUseError
from stages.assignment.journal.records import VERSION, Header, encode_header, frame_record
from stages.assignment.journaled_policy import JournaledPolicy
from stages.assignment.pictures.files import Files
from stages.assignment.pictures.lost import find_lost
from stages.assignment.policy.commands import Leased, Overdue
from stages.assignment.policy.happenings import Requested, Scored, Ticked
from stages.assignment.policy.limits import Limits
from store.file.database import Store
from store.verdicts import Verdict, record_verdict
from testing.messages.figures import scored_facts
from tests.stages.assignment.running_stage import running
from tests.stages.assignment.scripted import make_frame


def test_leases_and_frames_outlive_the_handler(tmp_path: Path) -> None:
    """What a page holds stays its own; what waited still does; both by the journal."""
    with running(tmp_path) as place:
        place.add("gate", 0.6)
        place.add("yard", 0.4)
        held = place.take("anna", "page-of-anna")
        place.kill_handler()
        other = place.take("bert", "page-of-bert")
        assert other.frame["camera"] == "yard"
        assert place.take("anna", "page-of-anna").lease == held.lease
        place.decide(held)
        assert place.status(place.ask("bert", "page-of-bert", shown=other.lease.lease_id)) == 204


def test_a_connection_that_waited_ends_with_its_handler(tmp_path: Path) -> None:
    """The page asks anew; nobody believes that it still waits."""
    with running(tmp_path) as place:
        asked = place.ask("anna", "page-of-anna", wait="50")
        place.settle(asked)
        place.kill_handler()
        assert place.clients[asked].recv(1) == b""


def test_a_handler_that_leaves_politely_answers_who_waits(tmp_path: Path) -> None:
    """204 and not a closed connection, so that the page asks the next handler at once."""
    with running(tmp_path) as place:
        asked = place.ask("anna", "page-of-anna", wait="50")
        place.settle(asked)
        place.process.send_signal(signal.SIGTERM)
        assert place.status(asked) == 204


def test_a_second_handler_waits_for_the_journal(tmp_path: Path) -> None:
    """Two never decide at once: who comes later waits, with the events that it was given."""
    (tmp_path / "data" / "assignment").mkdir(parents=True)
    policy = JournaledPolicy(tmp_path / "data" / "assignment" / "journal", Limits())
    with running(tmp_path) as place:
        event_id = place.score("gate", 0.6)
        place.pump_for(2.0)
        assert event_id not in place.settled
        policy.close()
        assert place.settle(event_id).outcome == "done"


def test_a_journal_that_is_none_is_put_aside(tmp_path: Path) -> None:
    """A watch goes on with an empty pool and says so, rather than not at all."""
    path = tmp_path / "journal"
    policy = JournaledPolicy(path, Limits())
    policy.handle(Scored(make_frame("gate", 0.5, 1)))
    with pytest.raises(JournalInUseError):
        JournaledPolicy(path, Limits())
    policy.close()
    header = encode_header(Header(version=VERSION + 1, generation="later"))
    path.write_bytes(frame_record(header))
    policy = JournaledPolicy(path, Limits())
    assert not policy.pool.records.incidents
    assert "another version" in policy.notes[0]
    assert len(list(tmp_path.glob("journal.damaged-*"))) == 1
    policy.close()


def test_a_torn_journal_is_read_up_to_the_tear(tmp_path: Path) -> None:
    """And people are told what was cut off."""
    path = tmp_path / "journal"
    policy = JournaledPolicy(path, Limits())
    for number in range(3):
        policy.handle(Scored(make_frame(f"camera{number}", 0.5, 1)))
    policy.close()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 3)
    policy = JournaledPolicy(path, Limits())
    assert len(policy.pool.records.incidents) == 2
    assert "cut off" in policy.notes[0]
    policy.close()


def test_a_journal_damaged_in_its_middle_is_not_called_torn(tmp_path: Path) -> None:
    """Whole records behind the damage cannot be used: said as what it is, and kept whole."""
    path = tmp_path / "journal"
    with closing(JournaledPolicy(path, Limits())) as policy:
        ends = []
        for number in range(5):
            policy.handle(Scored(make_frame(f"camera{number}", 0.5, 1)))
            ends.append(path.stat().st_size)
    content = bytearray(path.read_bytes())
    content[ends[1] + 10] ^= 1
    path.write_bytes(content)
    with closing(JournaledPolicy(path, Limits())) as policy:
        assert list(policy.pool.records.incidents) == ["camera0-1-1", "camera1-1-1"]
        assert f"damaged at byte {ends[1]}" in policy.damage
        assert "2 whole records" in policy.damage
        assert policy.damage in policy.notes
    [kept] = tmp_path.glob("journal.damaged-*")
    assert kept.read_bytes() == content
    with closing(JournaledPolicy(path, Limits())) as policy:
        assert not policy.damage, "said once"


def test_a_damaged_journal_is_an_alarm(tmp_path: Path) -> None:
    """A watch that has lost frames says so to people, with what to do."""
    path = tmp_path / "data" / "assignment" / "journal"
    path.parent.mkdir(parents=True)
    path.write_bytes(frame_record(encode_header(Header(version=VERSION + 1, generation="later"))))
    with running(tmp_path) as place:
        incident = place.incident()
        assert incident.cause == "records damaged"
        assert "the pool is empty" in incident.sentence


def test_what_the_store_knows_of_verdicts_counts_at_a_start(tmp_path: Path) -> None:
    """The journal's last second is lost: what was decided in it is asked of nobody (R27)."""
    path, store = tmp_path / "journal", tmp_path / "store.sqlite"
    with closing(Store(store)) as written, closing(JournaledPolicy(path, Limits())) as policy:
        policy.handle(Scored(make_frame("gate", 0.5, 1)))
        policy.handle(Scored(make_frame("yard", 0.5, 1)))
        synced = path.read_bytes()
        verdict = Verdict(
            lease_id=lease(policy),
            incident_id="gate-1-1",
            root="gate-1-1",
            camera="gate",
            spotter="anna",
            verdict="suspicious",
            threat=0.5,
            frame_sha256="ab" * 32,
        )
        written.write_one(1.0, lambda tx: record_verdict(tx, verdict, ()))
    path.write_bytes(synced)
    with closing(JournaledPolicy(path, Limits(), store)) as policy:
        assert policy.taken_in == 1
        asked = Requested(request_id="r", spotter="bert", session="page/bert", wait_s=0.0)
        found = [it.incident_id for it in policy.handle(asked) if isinstance(it, Leased)]
        assert found == ["yard-1-1"]
    with closing(JournaledPolicy(path, Limits(), store)) as policy:
        assert policy.taken_in == 0


def test_a_store_that_can_not_be_read_keeps_nobody_from_working(tmp_path: Path) -> None:
    """It is said, with what it may cost."""
    store = tmp_path / "store.sqlite"
    store.write_bytes(b"no database" * 1000)
    with closing(JournaledPolicy(tmp_path / "journal", Limits())) as policy:
        policy.handle(Scored(make_frame("gate", 0.5, 1)))
    with closing(JournaledPolicy(tmp_path / "journal", Limits(), store)) as policy:
        assert "cannot be read" in policy.notes[0]


def test_what_was_to_be_told_is_told_again_however_long_it_took(tmp_path: Path) -> None:
    """Also of a journal that was made short meanwhile: the minute counts from the last record."""
    path = tmp_path / "journal"
    limits = Limits(top_target_s=0.001)
    with closing(JournaledPolicy(path, limits)) as policy:
        policy.handle(Scored(make_frame("gate", 0.95, 1)))
        while not policy.handle(Ticked()):
            pass
        policy.compact()
    with closing(JournaledPolicy(path, limits)) as policy:
        assert policy.unsaid == [Overdue("gate-1-1")]
        policy.compact()
    stopped_s = time.time() - 86_400.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stages.assignment.journaled_policy.wall_s", lambda: stopped_s)
        path.unlink()
        with closing(JournaledPolicy(path, limits)) as policy:
            policy.handle(Scored(make_frame("gate", 0.95, 1)))
            while not policy.handle(Ticked()):
                pass
    with closing(JournaledPolicy(path, limits)) as policy:
        assert policy.unsaid == [Overdue("gate-1-1")]


def test_a_frame_whose_picture_a_power_cut_took_is_shown_to_nobody(tmp_path: Path) -> None:
    """It is dropped with its reason, and the next one is shown (R33)."""
    with running(tmp_path) as place:
        place.add("gate", 0.6)
        place.add("yard", 0.4)
        frames = place.directory / "frames"
        facts = {it: json.loads((it / "facts.json").read_text()) for it in frames.iterdir()}
        [gate] = [it for it, said in facts.items() if said["camera"] == "gate"]
        (gate / "frame.jpg").write_bytes(b"")
        place.kill_handler()
        assert place.take("anna", "page-of-anna").frame["camera"] == "yard"
        place.waiting_facts(lambda it: it.let_go == {"picture lost": 1})


def test_after_a_start_of_the_machine_pictures_are_read(tmp_path: Path) -> None:
    """Half a picture is there and cannot be shown; a restarted process looks at no content."""
    frame, kept = "f" * 24, FrameDetails(scored_facts("gate", 1), sha256(b"whole").hexdigest())
    files = Files(tmp_path)
    files.open()
    files.keep(frame, kept.facts, {"frame.jpg": b"half"})
    scored = attrs.evolve(make_frame("gate", 0.5, 1), frame_id=frame, header=encode_details(kept))
    with closing(JournaledPolicy(tmp_path / "journal", Limits(), boot="first")) as policy:
        policy.handle(Scored(scored))
        incidents = policy.pool.records.incidents.values()
        assert find_lost(tmp_path, incidents, is_thorough=False) == []
        assert find_lost(tmp_path, incidents, is_thorough=True) == [frame]
    for boot, is_new in (("first", False), ("second", True), ("second", False)):
        with closing(JournaledPolicy(tmp_path / "journal", Limits(), boot=boot)) as policy:
            assert policy.is_new_boot == is_new


def test_lease_ids_are_given_once_whatever_the_journal_has_lost(tmp_path: Path) -> None:
    """A power cut takes what was not synced; what is leased then has names of its own (R27)."""
    path = tmp_path / "journal"
    given = set()
    for _ in range(3):
        with closing(JournaledPolicy(path, Limits())) as policy:
            synced = path.read_bytes()
            policy.handle(Scored(make_frame("gate", 0.5, 1)))
            given.add(lease(policy))
        path.write_bytes(synced)
    assert len(given) == 3


def test_the_generation_of_lease_ids_is_on_the_disk_before_the_first_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every opening, also of a journal that there was."""
    path = tmp_path / "journal"
    JournaledPolicy(path, Limits()).close()
    synced: list[bytes] = []
    sync = os.fdatasync

    def note(descriptor: int) -> None:
        sync(descriptor)
        synced.append(path.read_bytes())

    monkeypatch.setattr(os, "fdatasync", note)
    with closing(JournaledPolicy(path, Limits())) as policy:
        policy.handle(Scored(make_frame("gate", 0.5, 1)))
        generation = lease(policy).rpartition("-")[0]
        assert generation.encode() in synced[0]


def lease(policy: JournaledPolicy) -> str:
    """Have somebody ask; return the lease."""
    asked = Requested(request_id="r", spotter="anna", session="page/anna", wait_s=0.0)
    leases = [it.lease_id for it in policy.handle(asked) if isinstance(it, Leased)]
    return leases[0]


def test_a_store_that_nobody_has_opened_yet_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a start it cannot be read before the alarm stage has it; else frames come again."""
    asked: list[Path] = []

    def find(store: Path, _pool: object) -> list[object]:
        asked.append(store)
        if len(asked) < 3:
            raise sqlite3.OperationalError("attempt to write a readonly database")
        return []

    monkeypatch.setattr("stages.assignment.journaled_policy.find_decided", find)
    policy = JournaledPolicy(tmp_path / "journal", Limits(), tmp_path / "store.sqlite")
    policy.close()
    assert len(asked) == 3
    assert policy.notes == []
