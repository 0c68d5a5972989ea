"""Evidence is kept whole, and removed in the right order."""

from functools import partial
from hashlib import sha256
from pathlib import Path

import attrs
import pytest
import trio

from seda.decisions import VerdictWord
from stages.alarm.evidence.tidying import tidy_once
from store.evidence import Evidence, note_evidence
from store.file.chain import START
from store.file.database import Change, Store, Transaction, read
from store.frames import Kept, list_files, note_frame
from store.known_frames import KnownFrame, add_known_frame, withdraw_known_frame
from store.retention import Keep, Missing, remove_old
from tests.store.scripted import count, decide, find_break_in, open_store

DAY_S = 86400.0


def keep(store: Store, root: str, digest: str, at_s: float, size_bytes: int = 100) -> None:
    """Note a piece of evidence."""
    store.write_one(at_s, lambda tx: note_evidence(tx, root, digest * 64, size_bytes))


def serve(store: Store, until_s: float) -> None:
    """Have been in service since time 0, with a clock that was always right."""

    def note(tx: Transaction) -> None:
        tx.run("DELETE FROM clock")
        values = (0.0, until_s, until_s, "boot", until_s)
        tx.run("INSERT INTO clock VALUES (1, ?, ?, ?, ?, ?)", *values)

    store.write_one(until_s, note)


def resolve(store: Store, root: str) -> None:
    """End an alarm."""
    statement = "UPDATE alarms SET state = 'resolved' WHERE root = ?"
    store.write_one(0.0, lambda tx: tx.run(statement, root))


def tidy(store: Store, at_s: float, rules: Keep) -> list[str]:
    """Remove what the rules say; give the first letters of the hashes."""
    serve(store, at_s)
    digests = store.write_one(at_s, lambda tx: remove_old(tx, rules))
    return [digest[0] for digest in digests]


def test_evidence_that_a_killed_process_had_written_is_synced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have died between the name and the sync; a power cut would take the name (R27)."""
    path = Evidence(tmp_path / "evidence").locate(sha256(b"picture").hexdigest())
    path.parent.mkdir(parents=True)
    path.write_bytes(b"picture")
    synced: list[Path] = []
    monkeypatch.setattr("store.evidence.sync_directory", synced.append)
    Evidence(tmp_path / "evidence").keep(b"picture")
    assert path.parent in synced
    assert tmp_path / "evidence" in synced


def test_evidence_is_a_file_named_by_its_content(tmp_path: Path) -> None:
    """Equal content is one file, and whether it is intact can be asked."""
    evidence = Evidence(tmp_path)
    digest = evidence.keep(b"picture")
    assert evidence.keep(b"picture") == digest
    assert evidence.locate(digest).read_bytes() == b"picture"
    assert evidence.is_intact(digest)
    evidence.locate(digest).write_bytes(b"forged")
    assert not evidence.is_intact(digest)
    evidence.discard(digest)
    evidence.discard(digest)
    assert not evidence.is_intact(digest)


def test_damaged_evidence_is_written_anew(tmp_path: Path) -> None:
    """R24: a file of the right name is no reason to believe that the content is kept."""
    evidence = Evidence(tmp_path)
    for damage in (b"forged!", b"pict", b""):
        evidence.locate(digest := evidence.keep(b"picture")).write_bytes(damage)
        assert evidence.keep_all([b"picture", b"another"])[0] == digest
        assert evidence.is_intact(digest)


def test_a_half_written_file_is_no_evidence(tmp_path: Path) -> None:
    """What a crash left under another name is written over."""
    evidence = Evidence(tmp_path)
    path = evidence.locate(digest := evidence.keep(b"picture"))
    path.rename(path.with_suffix(".fresh"))
    assert not evidence.is_intact(digest)
    assert evidence.keep(b"picture") == digest
    assert evidence.is_intact(digest)


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 63 + "/"])
def test_nothing_but_a_hash_finds_a_file(tmp_path: Path, digest: str) -> None:
    """No path can be smuggled in."""
    with pytest.raises(ValueError, match="not a SHA-256"):
        Evidence(tmp_path).locate(digest)


def test_old_evidence_goes_and_flagged_evidence_stays(tmp_path: Path) -> None:
    """Each kind by its own age; what belongs to an open alarm stays until that is resolved."""
    with open_store(tmp_path / "store") as store:
        decide(store, root="flagged", at_s=0.0)
        keep(store, "flagged", "a", 0.0)
        keep(store, "plain", "b", 0.0)
        keep(store, "plain", "c", 20 * DAY_S)
        rules = Keep(evidence_s=30 * DAY_S, flagged_s=90 * DAY_S)
        assert tidy(store, 29 * DAY_S, rules) == []
        assert tidy(store, 31 * DAY_S, rules) == ["b"]
        assert tidy(store, 91 * DAY_S, rules) == ["c"]
        resolve(store, "flagged")
        assert tidy(store, 91 * DAY_S, rules) == ["a"]


def test_with_too_much_evidence_the_flagged_goes_last(tmp_path: Path) -> None:
    """The oldest unflagged first, and no more than is needed."""
    with open_store(tmp_path / "store") as store:
        decide(store, root="flagged", at_s=0.0)
        keep(store, "flagged", "a", 0.0)
        for n, digest in enumerate("bcd"):
            keep(store, "plain", digest, float(n + 1))
        rules = Keep(evidence_bytes_max=250)
        assert tidy(store, 10.0, rules) == ["b", "c"]
        assert tidy(store, 10.0, rules) == []
        assert tidy(store, 10.0, attrs.evolve(rules, evidence_bytes_max=50)) == ["d", "a"]


def test_the_chain_holds_after_old_entries_are_gone(tmp_path: Path) -> None:
    """The last removed entry is the anchor; new entries follow, and tampering still shows."""
    path = tmp_path / "store"
    rules = Keep(rows_s=10 * DAY_S)
    with open_store(path) as store:
        for n in range(6):
            decide(store, f"g-{n}", root=f"r{n}", at_s=n * DAY_S)
        tidy(store, 13.5 * DAY_S, rules)
        decide(store, "g-9", root="r9", at_s=14 * DAY_S)
        assert find_break_in(path) is None
        with read(path) as tx:
            (anchor,) = tx.run("SELECT * FROM anchor")
            assert anchor["number"] == 8
            assert anchor["digest"] != START
            assert count(tx, "verdicts") == 3
        store.write_one(15 * DAY_S, lambda tx: tx.run("DELETE FROM ledger WHERE number = 9"))
    broken = find_break_in(path)
    assert broken is not None
    assert "entry 9 is missing" in broken.reason


def test_a_line_of_the_ledger_that_is_dated_back_takes_none_along(tmp_path: Path) -> None:
    """Lines go from the first on, up to the first that is not old."""
    path = tmp_path / "store"
    with open_store(path) as store:
        decide(store, "g-1", root="r1", at_s=95 * DAY_S)
        decide(store, "g-2", root="r2", at_s=1 * DAY_S)
        decide(store, "g-3", root="r3", at_s=96 * DAY_S)
        tidy(store, 100 * DAY_S, Keep(rows_s=10 * DAY_S))
    with read(path) as tx:
        assert count(tx, "ledger") == 6


def test_for_want_of_room_open_alarms_give_last(tmp_path: Path) -> None:
    """Before them what was flagged and is resolved."""
    with open_store(tmp_path / "store") as store:
        for place, root in enumerate(("open", "over", "plain")):
            decide(
                store, f"g-{place}", "clear" if root == "plain" else "suspicious", 0.0, root=root
            )
            keep(store, root, "abc"[place], float(place))
        resolve(store, "over")
        assert tidy(store, 10.0, Keep(evidence_bytes_max=200)) == ["c"]
        assert tidy(store, 10.0, Keep(evidence_bytes_max=100)) == ["b"]


def test_alarms_that_are_not_over_are_kept(tmp_path: Path) -> None:
    """However old; those that are over go with their notes and deliveries."""
    path = tmp_path / "store"
    with open_store(path) as store:
        decide(store, "g-1", root="open", at_s=0.0)
        decide(store, "g-2", root="over", at_s=0.0)

        def end(tx: Transaction) -> None:
            tx.run("UPDATE alarms SET state = 'resolved' WHERE root = 'over'")

        store.write_one(1.0, end)
        tidy(store, 100 * DAY_S, Keep(rows_s=10 * DAY_S))
    with read(path) as tx:
        assert [row["root"] for row in tx.run("SELECT root FROM alarms")] == ["open"]
        assert count(tx, "deliveries") == 1


def keep_frame(store: Store, frame_id: str, digests: str, at_s: float) -> None:
    """Keep a frame whose files have these hashes."""
    files = [Kept(f"{n}.jpg", digest * 64, 100) for n, digest in enumerate(digests)]
    store.write_one(at_s, lambda tx: note_frame(tx, frame_id, "gate", f"of {frame_id}", files))


def test_what_frames_share_stays_as_long_as_the_last_of_them(tmp_path: Path) -> None:
    """A camera's usual view belongs to many; a flagged frame keeps it."""
    with open_store(tmp_path / "store") as store:
        keep_frame(store, "early", "au", 0.0)
        keep_frame(store, "late", "bu", 20 * DAY_S)
        decide(store, root="of late", at_s=20 * DAY_S)
        rules = Keep(evidence_s=30 * DAY_S, flagged_s=90 * DAY_S)
        assert tidy(store, 31 * DAY_S, rules) == ["a"]
        assert tidy(store, 51 * DAY_S, rules) == []
        assert store.write_one(51 * DAY_S, lambda tx: list_files(tx, "early")) == ["1.jpg"]
        resolve(store, "of late")
        assert sorted(tidy(store, 111 * DAY_S, rules)) == ["b", "u"]
        assert store.write_one(0.0, lambda tx: count(tx, "frames")) == 0


def test_a_test_frame_that_is_in_use_keeps_its_picture(tmp_path: Path) -> None:
    """Whatever its age, and however little room there is; until it is withdrawn."""
    with open_store(tmp_path / "store") as store:
        keep_frame(store, "t-1", "t", 0.0)
        known = KnownFrame(
            frame_id="t-1", camera="gate", threat=0.5, is_target=True, frame_sha256="t" * 64
        )
        store.write_one(0.0, lambda tx: add_known_frame(tx, known, "carl"))
        rules = Keep(evidence_bytes_max=1)
        assert tidy(store, 1000 * DAY_S, rules) == []
        store.write_one(1.0, lambda tx: withdraw_known_frame(tx, "t-1", "carl"))
        assert tidy(store, 1000 * DAY_S, rules) == ["t"]


async def test_files_go_after_their_rows_unless_they_are_needed_again(tmp_path: Path) -> None:
    """A file whose row came back between the look and the end stays."""
    evidence = Evidence(tmp_path / "evidence")
    old, shared = evidence.keep_all([b"old", b"shared"])
    with open_store(tmp_path / "store") as store:
        for digest in (old, shared):
            note = partial(note_evidence, root="root", digest=digest, size_bytes=6)
            store.write_one(0.0, note)
        serve(store, 100 * DAY_S)
        steps = 0

        async def insist(change: Change) -> object:
            nonlocal steps
            await trio.lowlevel.checkpoint()
            result = store.write_one(100 * DAY_S, change)
            steps += 1
            if steps == 1:
                store.write_one(100 * DAY_S, lambda tx: note_evidence(tx, "new", shared, 6))
            return result

        assert await tidy_once(insist, evidence, Keep())
        assert not evidence.is_intact(old)
        assert evidence.is_intact(shared)
        assert not await tidy_once(insist, evidence, Keep())


def test_what_the_disk_lacks_is_given_by_unflagged_evidence_first(tmp_path: Path) -> None:
    """R25: the oldest first, as much as is missing, and flagged evidence for its own part alone."""
    with open_store(tmp_path / "store") as store:
        for place, digest in enumerate("abcdef"):
            is_flagged = place % 2 == 0
            word: VerdictWord = "suspicious" if is_flagged else "clear"
            decide(store, f"g-{place}", word, float(place), root=f"root-{place}")
            keep(store, f"root-{place}", digest, float(place))

        def give(**missing: int) -> list[str]:
            needed = partial(remove_old, keep=Keep(), missing=Missing(**missing))
            return [it[0] for it in store.write_one(10.0, needed)]

        assert give() == []
        assert give(evidence_bytes=150) == ["b", "d"]
        assert give(evidence_bytes=10_000) == ["f"]
        assert give(evidence_bytes=10_000, flagged_bytes=101) == ["a", "c"]
