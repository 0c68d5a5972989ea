"""The journal: what was written comes back, whatever the crash left of the rest."""

import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.assignment.journal import journal as journal_module
from stages.assignment.journal.journal import Damage, Journal, JournalInUseError
from stages.assignment.journal.records import (
    JournalDamageError,
    encode_snapshot,
    frame_record,
    split_records,
)
from stages.assignment.journal.recovery import restore_pool, resume_clock_s, take_snapshot
from stages.assignment.policy import commands as c
from stages.assignment.policy.limits import Limits
from tests.stages.assignment.scripted import Script, make_frame

FACTS: list[c.Fact] = [c.Shown("g-1"), c.Returned("g-1", "gone"), c.Closed("a")]


def open_journal(path: Path, sync_every_s: float = 1.0) -> Journal:
    """Open a journal of the generation "g"."""
    return Journal(path, sync_every_s=sync_every_s, generation="g")


def is_due(journal: Journal) -> bool:
    """Ask the journal anew; the type checker takes a property for a constant."""
    return journal.is_due_for_compaction


def play_script() -> Script:
    """Play a watch in which every kind of fact occurs but one or two."""
    script = Script(Limits(test_every=2, second_clear_share=0.3, top_target_s=2.0))
    random = Random(7)
    for step in range(120):
        script.score(f"camera {step % 5}", random.random(), sequence=step)
        spotter = f"spotter {step % 3}"
        script.ask(spotter)
        for lease in script.policy.pool.leases_of(spotter)[: step % 2]:
            script.decide(lease.lease_id, random.choice(["clear", "unsure", "suspicious"]))
        script.wait(1.0)
    return script


def write(journal: Journal, script: Script) -> None:
    """Journal everything that a script decided, one batch a fact."""
    for now_s, fact in script.facts:
        journal.append(now_s, now_s + 1000.0, [fact])
    journal.commit()


def test_the_pool_is_the_replayed_journal(tmp_path: Path) -> None:
    """Replaying the facts leads to the same pool, field by field."""
    script = play_script()
    with open_journal(tmp_path / "journal") as journal:
        write(journal, script)
    with open_journal(tmp_path / "journal") as journal:
        assert journal.past.damage is None
        restored = restore_pool(journal.past, script.policy.pool.limits)
    assert restored.records == script.policy.pool.records
    assert list(restored.index.urgent) == list(script.policy.pool.index.urgent)
    assert list(restored.index.rotation) == list(script.policy.pool.index.rotation)


def test_a_torn_tail_loses_the_torn_batch_and_nothing_else(tmp_path: Path) -> None:
    """Cut at every byte: what comes back is every whole batch before the cut, and it is said so."""
    whole = tmp_path / "whole"
    with open_journal(whole) as journal:
        ends = [whole.stat().st_size]
        for fact in FACTS:
            journal.append(1.0, 2.0, [fact])
            journal.commit()
            ends.append(whole.stat().st_size)
    content = whole.read_bytes()
    torn = tmp_path / "torn"
    for cut in range(ends[0], ends[-1] + 1):
        torn.write_bytes(content[:cut])
        with open_journal(torn) as journal:
            facts = [fact for batch in journal.past.batches for fact in batch.facts]
            whole_before = sum(end <= cut for end in ends[1:])
            assert facts == FACTS[:whole_before]
            end = ends[whole_before]
            kept_at = tmp_path / "torn.torn"
            assert journal.past.damage == (Damage(end, cut - end, kept_at) if cut > end else None)
            if cut > end:
                assert kept_at.read_bytes() == content[end:cut]
            journal.append(3.0, 4.0, FACTS)
            journal.commit()
        with open_journal(torn) as journal:
            assert journal.past.damage is None
            assert journal.past.batches[-1].facts == tuple(FACTS)


def test_a_torn_header_starts_an_empty_journal(tmp_path: Path) -> None:
    """A crash while the very first bytes were written leaves nothing to lose."""
    path = tmp_path / "journal"
    path.write_bytes(b"\x05")
    with open_journal(path) as journal:
        assert journal.past.batches == ()
        assert journal.past.damage == Damage(0, 1, tmp_path / "journal.torn")


def test_a_tail_of_zeros_is_no_record(tmp_path: Path) -> None:
    """Some file systems leave zeros after a power cut; they are cut off."""
    path = tmp_path / "journal"
    with open_journal(path) as journal:
        journal.append(1.0, 2.0, FACTS)
        journal.commit()
    with path.open("ab") as file:
        file.write(bytes(4096))
    with open_journal(path) as journal:
        damage = journal.past.damage
        assert damage is not None
        assert damage.lost_bytes == 4096
        assert len(journal.past.batches) == 1


@given(payloads=st.lists(st.binary(max_size=64), min_size=1), data=st.data())
def test_a_flipped_bit_never_passes_for_a_record(
    payloads: list[bytes], data: st.DataObject
) -> None:
    """Records before the damage are read, none is invented."""
    content = bytearray(b"".join(map(frame_record, payloads)))
    at = data.draw(st.integers(0, len(content) * 8 - 1))
    content[at // 8] ^= 1 << at % 8
    read = [payload for _, payload in split_records(bytes(content))]
    assert read == payloads[: len(read)]
    assert len(read) < len(payloads)


def test_a_snapshot_replaces_the_past(tmp_path: Path) -> None:
    """After compaction the file is the snapshot and what came after, and says the same."""
    script = play_script()
    path = tmp_path / "journal"
    with open_journal(path) as journal:
        write(journal, script)
        before = path.stat().st_size
        journal.compact(take_snapshot(script.policy.pool, script.now_s, 5.0))
        assert path.stat().st_size < before
        mark = len(script.facts)
        script.score("late", 1.0)
        for now_s, fact in script.facts[mark:]:
            journal.append(now_s, 6.0, [fact])
        journal.commit()
    with open_journal(path) as journal:
        assert journal.past.generation == "g"
        restored = restore_pool(journal.past, script.policy.pool.limits)
    assert restored.records == script.policy.pool.records


def test_a_crash_during_compaction_leaves_the_old_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the rename the old file is whole; what was half written is cleared away."""
    path = tmp_path / "journal"
    script = play_script()

    def fail(_self: Path, _target: Path) -> Path:
        raise OSError("the machine stopped here")

    with open_journal(path) as journal:
        write(journal, script)
        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", fail)
            with pytest.raises(OSError, match="stopped here"):
                journal.compact(take_snapshot(script.policy.pool, 1.0, 1.0))
    assert (tmp_path / "journal.fresh").exists()
    with open_journal(path) as journal:
        assert restore_pool(journal.past, Limits()).records == script.policy.pool.records
    assert not (tmp_path / "journal.fresh").exists()


def test_a_journal_is_due_for_compaction_when_it_outgrew_its_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small files and files that are mostly snapshot are left alone."""
    monkeypatch.setattr(journal_module, "COMPACT_BYTES_MIN", 1000)
    script = play_script()
    snapshot = take_snapshot(script.policy.pool, 1.0, 1.0)
    with open_journal(tmp_path / "journal") as journal:
        assert not is_due(journal)
        journal.compact(snapshot)
        assert not is_due(journal)
        least = 4 * len(encode_snapshot(snapshot))
        while (tmp_path / "journal").stat().st_size <= least:
            write(journal, script)
        assert is_due(journal)


def test_one_process_at_a_time_writes_a_journal(tmp_path: Path) -> None:
    """A second one is refused, with what to do; compaction keeps the lock."""
    path = tmp_path / "journal"
    with open_journal(path) as journal:
        journal.compact(take_snapshot(Script().policy.pool, 0.0, 0.0))
        with pytest.raises(JournalInUseError, match="another process"):
            open_journal(path)
    open_journal(path).close()


def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    """A record with a right checksum and a strange content is not guessed at."""
    path = tmp_path / "journal"
    content = frame_record(b"\x93\x01\x02\x03")
    path.write_bytes(content)
    with pytest.raises(JournalDamageError, match="another version"):
        open_journal(path)
    assert path.read_bytes() == content


def test_what_was_appended_and_not_committed_is_not_written(tmp_path: Path) -> None:
    """One commit writes the facts of all happenings since the last: a group."""
    path = tmp_path / "journal"
    with open_journal(path) as journal:
        size = path.stat().st_size
        journal.append(1.0, 2.0, FACTS)
        journal.append(1.0, 2.0, FACTS)
        assert path.stat().st_size == size
        journal.commit()
        assert path.stat().st_size > size
        assert len(journal.past.batches) == 0


@pytest.mark.parametrize(("every_s", "synced"), [(0.0, 1), (1.0, 0)])
def test_a_commit_syncs_by_itself_only_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every_s: float, synced: int
) -> None:
    """Otherwise it says when a sync is due, so that the loop does not wait for the disk."""
    calls: list[int] = []
    with open_journal(tmp_path / "journal", every_s) as journal:
        monkeypatch.setattr(os, "fdatasync", calls.append)
        assert not journal.is_sync_due(10.0)
        journal.append(10.0, 0.0, FACTS)
        journal.commit()
        assert len(calls) == synced
        assert not journal.is_sync_due(10.5)
        assert journal.is_sync_due(11.0) == (not synced)
        journal.sync()
        assert not journal.is_sync_due(13.0)


def test_the_policys_clock_goes_on_after_a_restart(tmp_path: Path) -> None:
    """It continues with what the wall clock says has passed, and never goes back."""
    path = tmp_path / "journal"
    with open_journal(path) as journal:
        assert resume_clock_s(journal.past, 5000.0) == 0.0
        journal.append(40.0, 1000.0, FACTS)
        journal.commit()
    with open_journal(path) as journal:
        assert resume_clock_s(journal.past, 1007.0) == 47.0
        assert resume_clock_s(journal.past, 900.0) == 40.0


def test_every_fact_survives_being_written(tmp_path: Path) -> None:
    """Every kind of fact, with values in every field, comes back equal."""
    frame = make_frame("a", 0.5, 1, common="light")
    facts: list[c.Fact] = [
        c.Admitted(
            frame=frame,
            incident_id="a",
            is_ordinary=True,
            root="r",
            since_s=1.5,
            displaced="b",
            is_decided=True,
            is_held=True,
        ),
        c.Refused("a", "gate", "worse waits", 7, is_common=True),
        c.Dropped("a", "stranded"),
        c.PictureDropped("a", "b"),
        c.Deferred("a"),
        c.Settled("a"),
        c.Gathered("g", "light"),
        c.Joined(incident_id="a", gathering_id="g", weight_max=0.7, is_held=True),
        c.Offered("a"),
        c.Scattered("g"),
        c.TestAdded(frame),
        c.TestRemoved("a"),
        c.Leased(
            lease_id="g-1",
            incident_id="a",
            request_id="r1",
            spotter="anna",
            session="s",
            turn="swap",
            until_test=3,
            instead_of="g-0",
            joined=("b", "c"),
        ),
        c.Shown("g-1"),
        c.Returned("g-1", "yielded"),
        c.Adopted(lease_id="g-2", incident_id="a", spotter="anna", undone=1, joined=("b",)),
        c.Judged("g-1", "unsure", ("b",)),
        c.Reopened("g-1"),
        c.SecondAsked("a", "sample"),
        c.Closed("a"),
        c.Referred("a", "disagreement"),
        c.Overdue("a"),
        c.Forgotten("a"),
    ]
    assert {type(fact) for fact in facts} == set(c.FACTS)
    with open_journal(tmp_path / "journal") as journal:
        journal.append(1.0, 2.0, facts)
        journal.commit()
    with open_journal(tmp_path / "journal") as journal:
        assert journal.past.batches[0].facts == tuple(facts)
