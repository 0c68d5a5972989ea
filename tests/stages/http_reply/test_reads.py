"""What the stage finds itself, read by a real handler from a store that is being written."""

import gzip
import time
from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from conf.schema import Settings
from media.pictures.files import folder_name
from seda.decisions import JoinedFrame, JoinedFrames
from seda.messages import Band
from seda.requests import Ask, Client, Person
from spotter_web import views
from tests.stages.http_reply.record import Record, recording
from tests.stages.http_reply.station import ANNA, CLIENT, Reply, Station, replying

SUPERVISOR = Person("sue", "supervisor", None, "s2")
GATE_ONLY = Person("ben", "spotter", frozenset({"gate"}), "s3")
JPEG = b"\xff\xd8" + bytes(2000)


def keep_frame(data: Path, frame_id: str, camera: str = "gate") -> None:
    """Write a frame's folder as assignment does."""
    folder = data / "assignment" / "frames" / frame_id
    folder.mkdir(parents=True)
    (folder / "facts.json").write_bytes(msgspec.json.encode({"camera": camera, "threat": 0.5}))
    for name in ("frame.jpg", "heat.png", "strip-1000.jpg", "strip-500.jpg"):
        (folder / name).write_bytes(JPEG + name.encode())


_IN_PATH = ("frame_id", "index", "camera", "name")
BOSS = Person("boss", "admin")


def read(station: Station, route: str, person: Person = ANNA, /, **parts: Any) -> Reply:
    """Ask for a route with these parts of a path or query."""
    path = {name: parts[name] for name in parts if name in _IN_PATH}
    query = {name: str(value) for name, value in parts.items() if name not in path}
    if "of" in query:
        query["camera"] = query.pop("of")
    if "by" in query:
        query["person"] = query.pop("by")
    return station.get(Ask(CLIENT, person, route, path, query))


def asking(**headers: str) -> Client:
    """Return a client with headers that decide how the answer is written."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return attrs.evolve(CLIENT, headers=named)


def test_pictures_of_a_frame_are_found_while_it_may_be_asked_about(tmp_path: Path) -> None:
    """Each under its address, unchanging, for this session alone."""
    keep_frame(tmp_path, "f1")
    with replying(tmp_path) as station:
        frame = read(station, "frame", frame_id="f1")
        heat = read(station, "heat", frame_id="f1")
        strip = read(station, "strip", frame_id="f1")
        piece = read(station, "strip_picture", frame_id="f1", index="500")
    assert frame.body == JPEG + b"frame.jpg"
    assert frame.headers["cache-control"] == "private, max-age=43200, immutable"
    assert frame.headers["vary"] == "Cookie"
    assert heat.headers["content-type"] == "image/png"
    assert msgspec.json.decode(strip.body, type=tuple[views.StripPicture, ...]) == (
        views.StripPicture(500, 0.5),
        views.StripPicture(1000, 1.0),
    )
    assert piece.body == JPEG + b"strip-500.jpg"


def test_a_part_of_a_picture_and_what_is_known_already(tmp_path: Path) -> None:
    """Ranges and conditions of RFC 9110, and a range beyond the end."""
    keep_frame(tmp_path, "f1")
    with replying(tmp_path) as station:
        path = {"frame_id": "f1"}
        whole = station.get(Ask(CLIENT, ANNA, "frame", path))
        part = station.get(Ask(asking(range="bytes=2-5"), ANNA, "frame", path))
        known = station.get(Ask(asking(if_none_match=whole.headers["etag"]), ANNA, "frame", path))
        beyond = station.get(Ask(asking(range="bytes=99999-"), ANNA, "frame", path))
    assert (part.status, part.body) == (206, whole.body[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(whole.body)}"
    assert (known.status, known.body) == (304, b"")
    assert beyond.status == 416
    assert msgspec.json.decode(beyond.body, type=views.Problem).error


@pytest.mark.parametrize(
    "frame_id", ["../f1", "..", ".", "f1/../f1", "", "f1\0", "/etc", "%2e%2e", "f1 ", "ф1"]
)
def test_an_id_is_never_a_path(tmp_path: Path, frame_id: str) -> None:
    """Whatever an id says, only a folder of that name is looked into."""
    keep_frame(tmp_path, "f1")
    with recording(tmp_path), replying(tmp_path) as station:
        assert read(station, "frame", frame_id=frame_id).status == 404
        assert read(station, "strip", frame_id=frame_id).status == 404
        assert read(station, "strip_picture", frame_id="f1", index="../frame").status == 404


def test_what_is_decided_with_a_frame_is_named_as_far_as_it_may_be_seen(tmp_path: Path) -> None:
    """While it waits, as evidence later, and for a frame alone with an empty list (R27)."""
    frames = tuple(
        JoinedFrame(
            f"f-{name}", name, "r", "ab" * 32, 0.95, Band.ALARMING, 7.0, "It is darker now."
        )
        for name in ("gate", "yard")
    )
    listed = msgspec.json.encode(JoinedFrames(frames))
    for name in ("f1", "f2"):
        keep_frame(tmp_path, name)
    (tmp_path / "assignment" / "frames" / "f1" / "joined.json").write_bytes(listed)
    gate, yard = (
        views.JoinedFrame(it.frame_id, it.camera, 7.0, "It is darker now.") for it in frames
    )
    with recording(tmp_path) as record, replying(tmp_path) as station:
        record.frame("f3", "gate", frame=JPEG, joined=listed)
        for frame_id, person, expected in (
            ("f1", ANNA, (gate, yard)),
            ("f1", GATE_ONLY, (gate,)),
            ("f2", ANNA, ()),
            ("f3", GATE_ONLY, (gate,)),
        ):
            found = read(station, "joined", person, frame_id=frame_id)
            given = msgspec.json.decode(found.body, type=tuple[views.JoinedFrame, ...])
            assert given == expected
        assert read(station, "joined", frame_id="none").status == 404


def test_history_tells_of_what_was_decided_together(tmp_path: Path) -> None:
    """One entry, with the number of the others; found by each of its cameras (R27)."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        record.decide("g-1")
        record.decide("g-2", at_s=200.0)
        for name in ("yard", "dock"):
            record.add(
                "joined",
                lease_id="g-1",
                attempt=1,
                frame_id=f"f-{name}",
                camera=name,
                frame_sha256="ab" * 32,
            )
        some = attrs.evolve(ANNA, scope=frozenset({"gate", "yard"}))
        whole = history(station, SUPERVISOR).entries
        by_yard = history(station, SUPERVISOR, of="yard").entries
        own = history(station, some).entries
    assert [(it.lease_id, it.joined) for it in whole] == [("g-2", 0), ("g-1", 2)]
    assert [it.lease_id for it in by_yard] == ["g-1"]
    assert [it.joined for it in own] == [0, 1], "of cameras outside of a scope nothing is counted"


def test_a_frame_outside_the_scope_does_not_exist(tmp_path: Path) -> None:
    """The same answer as for one that was never there, kept by assignment or as evidence."""
    keep_frame(tmp_path, "f1", "yard")
    with recording(tmp_path) as record, replying(tmp_path) as station:
        record.frame("f2", "yard", frame=JPEG)
        for route in ("frame", "heat", "strip", "joined"):
            for frame_id in ("f1", "f2"):
                absent = read(station, route, GATE_ONLY, frame_id="none")
                found = read(station, route, GATE_ONLY, frame_id=frame_id)
                assert (found.status, found.body) == (404, absent.body)


@pytest.mark.parametrize("facts", [b"", b'{"camera": "g\xe1te"}', b'{"camera": 3}', b"[]"])
def test_a_frame_with_damaged_facts_is_shown_to_nobody(tmp_path: Path, facts: bytes) -> None:
    """Nothing says in whose scope it is; whoever asks is answered."""
    keep_frame(tmp_path, "f1")
    (tmp_path / "assignment" / "frames" / "f1" / "facts.json").write_bytes(facts)
    with recording(tmp_path), replying(tmp_path) as station:
        for route in ("frame", "heat", "strip"):
            assert read(station, route, frame_id="f1").status == 404


def test_a_judged_frame_is_found_as_evidence(tmp_path: Path) -> None:
    """After assignment has let it go, with its strip."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        record.frame("f2", "gate", frame=JPEG, heat=JPEG + b"h", strip_700=JPEG + b"s")
        frame = read(station, "frame", GATE_ONLY, frame_id="f2")
        heat = read(station, "heat", GATE_ONLY, frame_id="f2")
        strip = read(station, "strip", GATE_ONLY, frame_id="f2")
        piece = read(station, "strip_picture", GATE_ONLY, frame_id="f2", index="700")
    assert (frame.body, frame.headers["content-type"]) == (JPEG, "image/jpeg")
    assert (heat.body, heat.headers["content-type"]) == (JPEG + b"h", "image/png")
    assert msgspec.json.decode(strip.body) == [{"index": 700, "captured_s": 0.7}]
    assert piece.body == JPEG + b"s"


def test_the_newest_picture_of_a_camera_says_when_it_was_taken(tmp_path: Path) -> None:
    """It is asked for again and again, and sent only when there is another one."""
    folder = tmp_path / "transcoder" / folder_name("gate 1")
    folder.mkdir(parents=True)
    (folder / "000000000001500-1-1-0.jpg").write_bytes(JPEG)
    with replying(tmp_path) as station:
        first = read(station, "picture", camera="gate 1")
        client = asking(if_none_match=first.headers["etag"])
        again = station.get(Ask(client, ANNA, "picture", {"camera": "gate 1"}))
        (folder / "000000000002500-1-1-0.jpg").write_bytes(JPEG + b"2")
        later = station.get(Ask(client, ANNA, "picture", {"camera": "gate 1"}))
        outside = read(station, "picture", GATE_ONLY, camera="gate 1")
    assert (first.headers["seda-captured"], first.body) == ("1.500", JPEG)
    assert again.status == 304
    assert (later.headers["seda-captured"], later.body) == ("2.500", JPEG + b"2")
    assert outside.status == 404


def test_spotters_see_their_own_decisions_and_supervisors_all(tmp_path: Path) -> None:
    """Nobody who is asked for a second opinion finds the first one here."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        record.decide("l1", 100.0, verdict="suspicious", root="r-7")
        record.decide("l2", 200.0, spotter="ben", root="r-7")
        record.alarm(7, 100.0)
        own = history(station, ANNA)
        asked = history(station, ANNA, by="ben")
        every = history(station, SUPERVISOR)
    assert [entry.lease_id for entry in own.entries] == ["l1"]
    assert (own.entries[0].alarm_id, own.entries[0].alarm_state) == (7, "raised")
    assert own.entries[0].undo_until_s == 100.0 + Settings().watch.undo_s
    assert asked.entries == ()
    assert [entry.lease_id for entry in every.entries] == ["l2", "l1"]
    assert every.entries[0].alarm_id is None


def history(station: Station, person: Person, /, **query: Any) -> views.History:
    """Read a history."""
    reply = read(station, "history", person, **query)
    assert reply.status == 200, reply.body
    return msgspec.json.decode(reply.body, type=views.History)


def test_history_is_read_by_pages_that_neither_repeat_nor_skip(tmp_path: Path) -> None:
    """Whatever is decided meanwhile, and although many were decided at the same time."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        for number in range(25):
            record.decide(f"l{number}", 100.0 + number // 5)
        found: list[str] = []
        before, has_more = "", True
        while has_more:
            page = history(station, ANNA, limit=4, before=before)
            found += [entry.lease_id for entry in page.entries]
            before, has_more = page.before, bool(page.before)
            record.decide(f"new{len(found)}", 500.0)
    assert len(found) == 25
    assert set(found) == {f"l{number}" for number in range(25)}


def test_history_by_camera_band_verdict_outcome_and_time(tmp_path: Path) -> None:
    """Each condition alone leaves one of two."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        record.decide("l1", 100.0, verdict="suspicious", root="r-7", camera="a b", band="alarming")
        record.alarm(7, 100.0, state="resolved", outcome="real")
        record.decide("l2", 200.0)
        for condition in (
            {"of": "a b"},
            {"band": "alarming"},
            {"verdict": "suspicious"},
            {"outcome": "real"},
            {"until_s": 150},
        ):
            assert [it.lease_id for it in history(station, ANNA, **condition).entries] == ["l1"]
        assert [it.lease_id for it in history(station, ANNA, from_s=150).entries] == ["l2"]
        assert read(station, "history", limit=0).status == 400
        for cursor in ("1-x", "1", "-", "-1", "1--1", "1-²", f"1-{2**63}", f"1-{'9' * 40}"):
            assert read(station, "history", before=cursor).status == 400, cursor


def test_a_decided_test_frame_is_debriefed(tmp_path: Path) -> None:
    """It cannot be undone, and says what would have been right."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        known_frame(record, "f-l1", is_target=True)
        record.decide("l1", is_test=1)
        (entry,) = history(station, ANNA).entries
    assert entry.debrief == views.Debrief(is_target=True, is_right=False)
    assert entry.undo_until_s == 0.0


def known_frame(record: Record, frame_id: str, *, is_target: bool, camera: str = "gate") -> None:
    """Add a test frame."""
    record.add(
        "known_frames",
        frame_id=frame_id,
        camera=camera,
        threat=0.6,
        is_target=int(is_target),
        frame_sha256="ab" * 32,
        added_by="sue",
        added_s=5.0,
    )


def test_alarms_that_are_not_over_come_first_and_the_oldest_of_them(tmp_path: Path) -> None:
    """Then those that are over, the newest first; read by pages of any size."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        record.alarm(1, 100.0, state="resolved", outcome="real", changed_s=900.0)
        record.alarm(2, 300.0)
        record.alarm(3, 200.0, state="acknowledged", holder="ben")
        record.alarm(4, 400.0, state="withdrawn", changed_s=950.0)
        record.alarm(5, 250.0, camera="yard")
        record.alarm(6, 260.0, camera="")
        record.add("notes", alarm_id=3, author="ben", text="on my way", at_s=210.0)
        every = [it.alarm_id for it in alarms(station, SUPERVISOR).alarms]
        in_scope = alarms(station, GATE_ONLY)
        for limit in (1, 2, 3, 5):
            assert paged(station, limit) == every
        over = alarms(station, SUPERVISOR, state="resolved").alarms
    assert every == [3, 5, 6, 2, 4, 1]
    assert [it.alarm_id for it in in_scope.alarms] == [3, 6, 2, 4, 1]
    assert in_scope.alarms[0].notes == (views.NoteView("ben", "on my way", 210.0),)
    assert [it.alarm_id for it in over] == [1]


def alarms(station: Station, person: Person, **query: Any) -> views.Alarms:
    """Read alarms."""
    return msgspec.json.decode(read(station, "alarms", person, **query).body, type=views.Alarms)


def paged(station: Station, limit: int) -> list[int]:
    """Read all alarms, so many at a time."""
    found: list[int] = []
    before, has_more = "", True
    while has_more:
        page = alarms(station, SUPERVISOR, limit=limit, before=before)
        found += [it.alarm_id for it in page.alarms]
        before, has_more = page.before, bool(page.before)
    return found


def test_the_session_says_who_and_until_when(tmp_path: Path) -> None:
    """A session that is over meanwhile is none."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        record.user("ben", scope='["gate"]')
        name = record.credential("ben", "secret", "session", "", 2e9)
        found = read(station, "session", attrs.evolve(GATE_ONLY, session=name))
        ended = read(station, "session", GATE_ONLY)
    session = msgspec.json.decode(found.body, type=views.Session)
    assert (session.name, session.scope, session.expires_s) == ("ben", ("gate",), 2e9)
    assert abs(session.now_s - time.time()) < 60
    assert [band.from_threat for band in session.bands] == [0.0, 0.25, 0.5, 0.75]
    assert ended.status == 401


def test_figures_and_vigilance_count_what_was_decided(tmp_path: Path) -> None:
    """The own figures of the last hours; test frames of everybody for supervisors."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        now_s = time.time()
        for number in range(110):
            is_target = number % 2 == 0
            known_frame(record, f"f-{number}", is_target=is_target)
            verdict = "suspicious" if is_target else "clear"
            at_s = now_s - 1100 + 10 * number
            record.decide(f"{number}", at_s, is_test=1, verdict=verdict)
        record.decide("undone", now_s, undone_s=now_s)
        own = msgspec.json.decode(read(station, "figures").body, type=views.Figures)
        reply = read(station, "vigilance", SUPERVISOR)
    assert (own.decisions, own.by_verdict) == (110, {"suspicious": 55, "clear": 55})
    assert own.per_minute == pytest.approx(6.0)
    assert own.on_watch_s == pytest.approx(1100, abs=60)
    every = msgspec.json.decode(reply.body, type=tuple[views.VigilanceView, ...])
    assert own.vigilance == every
    assert (every[0].person, every[0].band, every[0].cases) == ("anna", None, 110)
    assert every[0].hit_rate is not None
    assert every[0].hit_rate.value == 1.0
    assert [view.cases for view in every if view.band == "unusual"] == [110]
    assert [view.cases for view in every if view.band == "alarming"] == [0]


def test_people_tokens_notes_and_test_frames_are_listed(tmp_path: Path) -> None:
    """As their views have them, without any secret."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        record.user("anna")
        record.user("ben", scope='["gate"]')
        record.credential("anna", "old", "token", "past", 10.0)
        record.credential("anna", "new", "token", "pager", 2e9)
        record.add("handover_notes", author="ben", text="all calm", at_s=5.0)
        known_frame(record, "k1", is_target=True)
        known_frame(record, "k2", is_target=True, camera="yard")
        users = read(station, "users").body
        tokens = read(station, "tokens").body
        theirs = read(station, "user_tokens", BOSS, name="anna").body
        narrow = attrs.evolve(BOSS, scope=frozenset({"yard"}))
        assert read(station, "user_tokens", narrow, name="anna").status == 404
        assert read(station, "user_tokens", BOSS, name="nobody").status == 404
        notes = read(station, "handover").body
        frames = read(station, "test_frames", attrs.evolve(GATE_ONLY, role="supervisor")).body
    assert [user.scope for user in decode(users, views.User)] == [None, ("gate",)]
    assert [user.tokens for user in decode(users, views.User)] == [1, 0]
    assert [token.label for token in decode(tokens, views.Token)] == ["pager"]
    assert theirs == tokens
    assert msgspec.json.decode(notes, type=views.HandoverNotes).notes[0].text == "all calm"
    assert [frame.frame_id for frame in decode(frames, views.TestFrame)] == ["k1"]


def decode(body: bytes, kind: type) -> tuple[Any, ...]:
    """Decode a list of views."""
    found: tuple[Any, ...] = msgspec.json.decode(body, type=tuple[kind, ...])  # type: ignore[valid-type]  # a class that comes as a value
    return found


def test_a_long_list_is_compressed_for_who_takes_it(tmp_path: Path) -> None:
    """And not for others."""
    with recording(tmp_path) as record, replying(tmp_path) as station:
        for number in range(20):
            record.decide(f"l{number}")
        packed = station.get(Ask(asking(accept_encoding="gzip"), ANNA, "history"))
        plain = read(station, "history")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body


def test_without_a_store_it_is_said_so(tmp_path: Path) -> None:
    """Before the alarm stage has made it, and when somebody put something else there."""
    with replying(tmp_path) as station:
        missing = read(station, "history")
        (tmp_path / "alarm").mkdir()
        (tmp_path / "alarm" / "store.sqlite").write_bytes(b"not a database" * 100)
        broken = read(station, "alarms")
    for reply in (missing, broken):
        assert reply.status == 503
        assert "alarm stage" in msgspec.json.decode(reply.body, type=views.Problem).error
        assert reply.headers["retry-after"] == "1"


def test_what_has_no_read_is_not_found(tmp_path: Path) -> None:
    """A route that belongs to another stage, or to none."""
    with replying(tmp_path) as station:
        assert read(station, "wall").status == 404
        signed_out = station.get(Ask(CLIENT, None, "history"))
    assert signed_out.status == 401
