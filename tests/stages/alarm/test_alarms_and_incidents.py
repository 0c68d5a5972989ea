"""Alarms through the stage's real process: their life, incidents, maintenance, webhooks."""

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import attrs
import msgspec
import pytest

from conf.schema import Camera, Channel, Maintenance
from seda.decisions import Incident
from spotter_web import views
from store.file.database import Refused
from store.handover import NOTES_A_DAY, add_handover_note
from testing.waiting import PATIENCE_S
from tests.stages.alarm.serving import (
    ANNA,
    CARL,
    SETTINGS,
    ClientAnswer,
    RunningAlarmStage,
    serving,
)
from tests.store.scripted import open_store

SECRET = "between us two"  # noqa: S105 - of this test
OFFLINE = Incident(
    root="camera/gate/1000",
    camera="gate",
    cause="camera offline",
    sentence="The camera does not answer.",
    at_s=1000.0,
)


def act(
    alarm: RunningAlarmStage, route: str, number: object = 1, form: object = None, **more: Any
) -> ClientAnswer:
    """Do something with an alarm."""
    person = more.pop("person", CARL)
    return alarm.ask(route, person, form, path={"alarm_id": str(number)}, **more)


def newest(alarm: RunningAlarmStage) -> views.Alarm:
    """Return what `live` was told last."""
    content = alarm.heard("alarm_fact")[-1].body.content
    return msgspec.json.decode(content, type=views.Alarm)


def alarms(alarm: RunningAlarmStage) -> list[dict[str, Any]]:
    """Read the alarms."""
    return alarm.rows("SELECT * FROM alarms ORDER BY alarm_id")


def test_an_alarm_is_acknowledged_noted_and_resolved(tmp_path: Path) -> None:
    """Each step is answered with the alarm as it stands, and told; wrong ones are refused."""
    with serving(tmp_path) as alarm:
        alarm.answer(alarm.decide(alarm.lease()))
        taken = act(alarm, "acknowledge")
        assert (taken.view["state"], taken.view["holder"]) == ("acknowledged", "carl")
        assert act(alarm, "acknowledge", person=ANNA).status == 409
        noted = act(alarm, "note", form={"text": "<b>looks</b>"}, person=ANNA)
        assert [it["text"] for it in noted.view["notes"]] == ["<b>looks</b>"]
        form = {"outcome": "false", "note": "a fox"}
        resolved = act(alarm, "resolve", form=form)
        again = act(alarm, "resolve", form=form)
        assert resolved.view == again.view
        assert (resolved.view["outcome"], len(resolved.view["notes"])) == ("false", 2)
        assert newest(alarm).state == "resolved"
        assert act(alarm, "resolve", form={"outcome": "real"}).status == 409
        assert act(alarm, "resolve", form={"outcome": "nonsense"}).status == 422


def test_an_alarm_shows_its_latest_notes_within_bounds(tmp_path: Path) -> None:
    """However long and many they are: who writes a lot costs nobody else time or memory."""
    with serving(tmp_path) as alarm:
        alarm.answer(alarm.decide(alarm.lease()))
        for number in range(12):
            noted = act(alarm, "note", form={"text": f"{number} " + "\U0001f440" * 1500})
        assert [it["text"].split()[0] for it in noted.view["notes"]] == ["10", "11"]
        assert noted.view["earlier_notes"] == 10
        assert len(noted.view["notes"]) == len(newest(alarm).notes) == 2


def test_what_changes_nothing_is_told_to_nobody(tmp_path: Path) -> None:
    """An alarm that was acknowledged is answered as it stands, and costs nobody else anything."""
    with serving(tmp_path) as alarm:
        alarm.answer(alarm.decide(alarm.lease()))
        for _ in range(3):
            assert act(alarm, "acknowledge").status == 200
        act(alarm, "note", form={"text": "looked"})
        act(alarm, "resolve", form={"outcome": "real"})
        states = [
            msgspec.json.decode(it.body.content, type=views.Alarm).state
            for it in alarm.heard("alarm_fact")
        ]
        assert [it for it in states if it != "raised"] == ["acknowledged"] * 2 + ["resolved"]


@pytest.mark.parametrize("number", ["7", "x", "-1", "1" * 40, "²"])
def test_an_alarm_that_is_not_there_is_not_found(tmp_path: Path, number: str) -> None:
    """Nor is one whose camera is outside the scope."""
    with serving(tmp_path) as alarm:
        alarm.answer(alarm.decide(alarm.lease()))
        assert act(alarm, "acknowledge", number).status == 404
        stranger = attrs.evolve(ANNA, scope=frozenset({"yard"}))
        for route, form in (
            ("acknowledge", None),
            ("note", {"text": "x"}),
            ("resolve", {"outcome": "real"}),
        ):
            assert act(alarm, route, form=form, person=stranger).status == 404


def test_what_is_offline_is_one_alarm_however_often_it_flaps(tmp_path: Path) -> None:
    """Said again, over, begun again: one alarm with notes, until somebody has ended it."""
    with serving(tmp_path) as alarm:
        alarm.tell(OFFLINE)
        alarm.tell(OFFLINE)
        over = attrs.evolve(OFFLINE, is_over=True, sentence="It shows pictures.")
        alarm.tell(over)
        alarm.tell(over)
        later = attrs.evolve(OFFLINE, root="camera/gate/2000", at_s=2000.0)
        alarm.tell(later)
        (row,) = alarms(alarm)
        assert (row["cause"], row["state"], row["raised_by"]) == (
            "camera offline",
            "raised",
            "seda",
        )
        assert [it.text for it in newest(alarm).notes] == [
            "Ended: It shows pictures.",
            "Again: The camera does not answer.",
        ]
        act(alarm, "resolve", form={"outcome": "real"})
        alarm.tell(attrs.evolve(OFFLINE, root="camera/gate/3000", at_s=3000.0))
        assert [row["state"] for row in alarms(alarm)] == ["resolved", "raised"]


def test_suspicion_makes_an_overdue_frames_alarm_the_spotters(tmp_path: Path) -> None:
    """One incident, one alarm: raised because nobody looked, then because somebody did."""
    with serving(tmp_path) as alarm:
        lease = alarm.lease()
        overdue = Incident(lease.root, "gate", "frame overdue", "Nobody took it.", 1000.0)
        alarm.tell(overdue)
        alarm.answer(alarm.decide(lease))
        (row,) = alarms(alarm)
        assert (row["cause"], row["raised_by"], row["frame_id"]) == (
            "verdict",
            "anna",
            lease.frame_id,
        )


@pytest.mark.parametrize("cause", ["frame overdue", "spotters disagree"])
def test_an_alarm_about_a_frame_shows_it_however_long_it_is_open(
    tmp_path: Path, cause: Literal["frame overdue", "spotters disagree"]
) -> None:
    """Whoever takes it sees what it is about, when assignment has let the frame go, too."""
    with serving(tmp_path) as alarm:
        lease = alarm.lease()
        root = f"{lease.root}-overdue"
        incident = Incident(root, "gate", cause, "Look.", 1000.0, frame_id=lease.frame_id)
        alarm.tell(incident)
        assert newest(alarm).frame_id == lease.frame_id
        kept = alarm.rows("SELECT * FROM frames JOIN frame_files USING (frame_id)")
        assert (lease.frame_id, "frame.jpg") in {(it["frame_id"], it["name"]) for it in kept}


def test_maintenance_holds_alarms_back_until_it_is_over(tmp_path: Path) -> None:
    """Recorded with its reason; raised at the first look after the end; withdrawn ones never."""
    end = datetime.now(UTC) + timedelta(hours=1)
    works = Camera("gate", "http://127.0.0.1:9/", maintenance=Maintenance("new lens", end))
    settings = attrs.evolve(SETTINGS, camera=(works,))
    with serving(tmp_path, settings) as alarm:
        alarm.tell(OFFLINE)
        lease, other = alarm.lease(), alarm.lease("g-2", "e" * 24)
        assert alarm.answer(alarm.decide(lease)).view["alarm_id"] is None
        assert alarm.answer(alarm.decide(other)).view["alarm_id"] is None
        assert alarm.answer(alarm.decide(other, route="undo")).status == 200
        assert alarms(alarm) == []
        held = alarm.rows("SELECT content FROM ledger WHERE kind = 'alarm held back'")
        assert len(held) == 3
        assert "new lens" in held[0]["content"]
    with serving(tmp_path) as alarm:
        alarm.wait_for("alarm_fact", 2)
        assert [row["cause"] for row in alarms(alarm)] == ["camera offline", "verdict"]


def test_nobody_fills_the_disk_with_notes_for_the_next_watch(tmp_path: Path) -> None:
    """A hundred a day and person; others go on leaving theirs."""
    with open_store(tmp_path / "store") as store:
        for _ in range(NOTES_A_DAY):
            store.write_one(1.0, lambda tx: add_handover_note(tx, "anna", "seen"))
        with pytest.raises(Refused, match="100 notes within a day"):
            store.write_one(2.0, lambda tx: add_handover_note(tx, "anna", "seen"))
        store.write_one(2.0, lambda tx: add_handover_note(tx, "bert", "seen"))
        store.write_one(100_000.0, lambda tx: add_handover_note(tx, "anna", "seen"))


def test_a_note_is_left_for_the_next_watch(tmp_path: Path) -> None:
    """The newest first."""
    with serving(tmp_path) as alarm:
        alarm.ask("hand_over", ANNA, {"text": "gate 3 sticks"})
        answer = alarm.ask("hand_over", CARL, {"text": "quiet"})
        notes = [(it["person"], it["text"]) for it in answer.view["notes"]]
        assert notes == [("carl", "quiet"), ("anna", "gate 3 sticks")]


class Duty:
    """Webhooks on loopback: what each path got, and what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status: dict[str, int] = {}
        self.has_got = threading.Event()
        self.release = threading.Event()

    def wait(self, number: int) -> None:
        """Wait until so many messages came."""
        while len(self.got) < number:
            assert self.has_got.wait(PATIENCE_S)
            self.has_got.clear()


@contextmanager
def duty() -> Iterator[tuple[Duty, str]]:
    """Serve webhooks."""
    state = Duty()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            state.has_got.set()
            if self.path == "/dead":
                state.release.wait(PATIENCE_S)
                return
            self.send_response(state.status.get(self.path, 204))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield state, f"http://127.0.0.1:{server.server_port}"
    finally:
        state.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


def test_webhooks_are_told_signed_and_with_receipts(tmp_path: Path) -> None:
    """By camera; one that never answers holds up nobody; what was due survives a kill."""
    with duty() as (state, url):
        state.status["/later"] = 503
        channels = (
            Channel("dead", f"{url}/dead"),
            Channel("room", f"{url}/room", {"X-Key": "k"}, SECRET),
            Channel("yard", f"{url}/yard", cameras=("yard",)),
            Channel("later", f"{url}/later"),
        )
        settings = attrs.evolve(SETTINGS, channel=channels)
        with serving(tmp_path, settings) as alarm:
            alarm.answer(alarm.decide(alarm.lease()))
            alarm.answer(alarm.decide(alarm.lease("g-2", "e" * 24)))
            while len([it for it in state.got if it[0] == "/room"]) < 2:
                alarm.take()
            _, headers, body = next(it for it in state.got if it[0] == "/room")
            signature = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
            assert headers["seda-signature"] == f"sha256={signature}"
            assert headers["x-key"] == "k"
            assert b'"camera":"gate"' in body
            alarm.wait(lambda: any(it.startswith("204") for it in _receipts(alarm, "room")))
            alarm.restart()
            state.status["/later"] = 200
            alarm.wait(lambda: _receipts(alarm, "later").count("200 OK") == 2)
            assert "/yard" not in {it[0] for it in state.got}
            kinds = [row["kind"] for row in alarm.rows("SELECT kind FROM ledger")]
            assert kinds.count("delivered") >= 4
            alarm.wait(lambda: any(it.delivered_s for it in newest(alarm).deliveries))


def _receipts(alarm: RunningAlarmStage, channel: str) -> list[str]:
    rows = alarm.rows("SELECT channel, receipt FROM deliveries ORDER BY delivery_id")
    return [row["receipt"] or "" for row in rows if row["channel"] == channel]
