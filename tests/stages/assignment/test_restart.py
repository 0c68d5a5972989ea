"""A handler that begins: after a crash, beside another one, on a broken journal."""

import signal
from pathlib import Path

import pytest

from stages.assignment.desk import Desk
from stages.assignment.happenings import Scored
from stages.assignment.journal import JournalInUseError
from stages.assignment.journal_records import VERSION, Header, encode_header, frame_record
from stages.assignment.policy_limits import Limits
from tests.stages.assignment.office import office
from tests.stages.assignment.scripted import make_frame


def test_leases_and_frames_outlive_the_handler(tmp_path: Path) -> None:
    """What a page holds stays its own; what waited still does; both by the journal."""
    with office(tmp_path) as place:
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
    with office(tmp_path) as place:
        asked = place.ask("anna", "page-of-anna", wait="50")
        place.settle(asked)
        place.kill_handler()
        assert place.clients[asked].recv(1) == b""


def test_a_handler_that_leaves_politely_answers_who_waits(tmp_path: Path) -> None:
    """204 and not a closed connection, so that the page asks the next handler at once."""
    with office(tmp_path) as place:
        asked = place.ask("anna", "page-of-anna", wait="50")
        place.settle(asked)
        place.process.send_signal(signal.SIGTERM)
        assert place.status(asked) == 204


def test_a_second_handler_waits_for_the_journal(tmp_path: Path) -> None:
    """Two never decide at once: who comes later waits, with the events that it was given."""
    (tmp_path / "data" / "assignment").mkdir(parents=True)
    desk = Desk(tmp_path / "data" / "assignment" / "journal", Limits())
    with office(tmp_path) as place:
        event_id = place.score("gate", 0.6)
        place.pump_for(2.0)
        assert event_id not in place.settled
        desk.close()
        assert place.settle(event_id).outcome == "done"


def test_a_journal_that_is_none_is_put_aside(tmp_path: Path) -> None:
    """A watch goes on with an empty pool and says so, rather than not at all."""
    path = tmp_path / "journal"
    desk = Desk(path, Limits())
    desk.handle(Scored(make_frame("gate", 0.5, 1)))
    with pytest.raises(JournalInUseError):
        Desk(path, Limits())
    desk.close()
    header = encode_header(Header(version=VERSION + 1, generation="later"))
    path.write_bytes(frame_record(header))
    desk = Desk(path, Limits())
    assert not desk.pool.records.incidents
    assert "another version" in desk.notes[0]
    assert len(list(tmp_path.glob("journal.damaged-*"))) == 1
    desk.close()


def test_a_torn_journal_is_read_up_to_the_tear(tmp_path: Path) -> None:
    """And people are told what was cut off."""
    path = tmp_path / "journal"
    desk = Desk(path, Limits())
    for number in range(3):
        desk.handle(Scored(make_frame(f"camera{number}", 0.5, 1)))
    desk.close()
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 3)
    desk = Desk(path, Limits())
    assert len(desk.pool.records.incidents) == 2
    assert "cut off" in desk.notes[0]
    desk.close()
