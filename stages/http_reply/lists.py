"""The lists that are read from the store, as the pages get them: who may see which rows, and how.

A spotter sees their own decisions alone, so that a second person who is asked stays blind to the
first; supervisors see those of everybody. A cursor names the last row that was given, not how many
came before, so that nothing is given twice or left out while new rows come.
"""

import time
from collections.abc import Callable, Mapping
from sqlite3 import Row
from typing import TypeVar

import msgspec

from conf.schema import Settings
from seda.decisions import JoinedFrame
from seda.requests import Ask, Person
from spotter_web import views
from spotter_web.forms import AlarmsQuery, HistoryQuery
from spotter_web.views import AlarmRecord
from stages.http_reply.contents import Refusal
from stages.http_reply.figures import SESSION_S, figures, ranges, vigilance_view
from store import reading
from store.alarm_views import view_alarm, view_note
from store.file.content import from_json
from store.file.database import Transaction
from store.known_frames import count_answers
from store.people.session_view import view_session

NOTES = 50
"""Of earlier watches; what is older nobody looks for here."""
_OPEN, _ENDED = "open", "ended"
_ROW_DIGITS = 18
"""Of a row's number; SQLite has none that are larger by more than a few."""
_NO_CURSOR = "this cursor is none that a list has given"

Q = TypeVar("Q")
Listing = Callable[[Transaction, Ask, Person, Settings], object]


def session(tx: Transaction, _: Ask, person: Person, settings: Settings) -> views.Session:
    """Return who is signed in, and what the pages have to know."""
    expires_s = reading.find_expiry(tx, person.name, person.session)
    if expires_s is None:
        raise Refusal(401, "this session has ended; sign in again")
    return view_session(person, time.time(), expires_s, settings.watch)


def own_figures(tx: Transaction, _: Ask, person: Person, settings: Settings) -> views.Figures:
    """Return a person's own decisions, pace and vigilance."""
    now_s = time.time()
    rows = reading.list_decision_times(tx, person.name, now_s - SESSION_S)
    decisions = [(row["at_s"], row["verdict"]) for row in rows]
    own = _vigilance(tx, person.name)
    tested = own if own[0].cases else []
    return figures(decisions, settings.watch.rest_after_s, tested, now_s)


def vigilance(
    tx: Transaction, _: Ask, person: Person, settings: Settings
) -> tuple[views.VigilanceView, ...]:
    """Return how well everybody answers test frames."""
    del person, settings
    return tuple(view for name in reading.list_tested(tx) for view in _vigilance(tx, name))


def _vigilance(tx: Transaction, name: str) -> list[views.VigilanceView]:
    return [
        vigilance_view(name, band, count_answers(tx, name, low, high))
        for band, low, high in ranges()
    ]


def history(tx: Transaction, ask: Ask, person: Person, settings: Settings) -> views.History:
    """Return decisions, the newest first."""
    query = _query(ask.query, HistoryQuery)
    wanted = reading.Wanted(
        person.scope,
        query.camera,
        person.name if person.role == "spotter" else None,
        query.person,
        query.verdict,
        query.band,
        query.outcome,
        query.from_s,
        query.until_s,
    )
    rows = reading.list_verdicts(tx, wanted, _place(query.before), query.limit + 1)
    shown = rows[: query.limit]
    before = _cursor(shown[-1]["at_s"], shown[-1]["place"]) if len(rows) > len(shown) else ""
    undo_s = settings.watch.undo_s
    return views.History(tuple(_entry(row, person, undo_s) for row in shown), before)


def _entry(row: Row, person: Person, undo_s: float) -> views.HistoryEntry:
    is_undoable = row["spotter"] == person.name and row["undone_s"] is None and not row["is_test"]
    return views.HistoryEntry(
        row["lease_id"],
        row["attempt"],
        row["incident_id"],
        row["camera"],
        row["spotter"],
        row["verdict"],
        row["at_s"],
        row["captured_s"],
        row["threat"],
        row["band"],
        row["note"],
        row["undone_s"],
        row["at_s"] + undo_s if is_undoable else 0.0,
        row["alarm_id"],
        row["state"],
        row["outcome"],
        _debrief(row),
        row["joined"],
    )


def joined(frame: JoinedFrame) -> views.JoinedFrame:
    """Return what a page needs of a frame that is decided with another."""
    return views.JoinedFrame(frame.frame_id, frame.camera, frame.captured_s, frame.words)


def _debrief(row: Row) -> views.Debrief | None:
    """Return what a test frame's answer was, which whoever decided it was told at once."""
    if row["is_target"] is None:
        return None
    is_target = bool(row["is_target"])
    return views.Debrief(is_target, is_target == (row["verdict"] != "clear"))


def alarms(tx: Transaction, ask: Ask, person: Person, settings: Settings) -> views.Alarms:
    """Return alarms: those that are not over, then those that are."""
    query = _query(ask.query, AlarmsQuery)
    wanted = reading.Wanted(person.scope, query.camera)
    phase, _, place = query.before.partition("-")
    state, most = query.state, query.limit + 1
    rows: list[Row] = []
    if phase != _ENDED and state not in ("resolved", "withdrawn"):
        rows += reading.list_open_alarms(tx, wanted, state, _place(place), most)
        place = ""
    if len(rows) < most and state not in ("raised", "acknowledged"):
        rows += reading.list_ended_alarms(tx, wanted, state, _place(place), most - len(rows))
    shown = rows[: query.limit]
    before = _alarm_cursor(shown[-1]) if len(rows) > len(shown) else ""
    words = {camera.name: camera.instructions for camera in settings.camera}
    found = (AlarmRecord(**dict(row)) for row in shown)
    return views.Alarms(
        tuple(view_alarm(tx, alarm, words.get(alarm.camera, "")) for alarm in found), before
    )


def _alarm_cursor(row: Row) -> str:
    if row["state"] in ("raised", "acknowledged"):
        return f"{_OPEN}-{_cursor(row['raised_s'], row['alarm_id'])}"
    return f"{_ENDED}-{_cursor(row['changed_s'], row['alarm_id'])}"


def handover(tx: Transaction, _: Ask, person: Person, settings: Settings) -> views.HandoverNotes:
    """Return what earlier watches left for the next."""
    del person, settings
    return views.HandoverNotes(tuple(map(view_note, reading.list_handover_notes(tx, NOTES))))


def known_frames(
    tx: Transaction, _: Ask, person: Person, settings: Settings
) -> tuple[views.TestFrame, ...]:
    """Return the frames whose answer is known."""
    del settings
    return tuple(
        views.TestFrame(
            row["frame_id"],
            row["camera"],
            row["threat"],
            bool(row["is_target"]),
            row["added_by"],
            row["added_s"],
            row["answers"],
        )
        for row in reading.list_known_frames(tx, person.scope)
    )


def users(tx: Transaction, _: Ask, person: Person, settings: Settings) -> tuple[views.User, ...]:
    """Return the users whose scope is no wider than that of the person who asks."""
    del settings
    users = (
        views.User(row["name"], row["role"], _scope(row["scope"]), row["made_s"], row["tokens"])
        for row in reading.list_people(tx, time.time())
    )
    return tuple(user for user in users if _covers(person, user.scope))


def _covers(person: Person, scope: tuple[str, ...] | None) -> bool:
    return person.scope is None or (scope is not None and person.scope.issuperset(scope))


def _scope(text: str | None) -> tuple[str, ...] | None:
    cameras = None if text is None else from_json(text)
    return tuple(map(str, cameras)) if isinstance(cameras, list) else None


def tokens(tx: Transaction, _: Ask, person: Person, settings: Settings) -> tuple[views.Token, ...]:
    """Return a person's tokens, without their secrets, which nobody has any more."""
    del settings
    return _tokens(tx, person.name)


def user_tokens(
    tx: Transaction, ask: Ask, person: Person, settings: Settings
) -> tuple[views.Token, ...]:
    """Return the tokens of a user whose scope is no wider than that of the person who asks."""
    name = ask.path["name"]
    if name not in {user.name for user in users(tx, ask, person, settings)}:
        raise Refusal(404, f"there is no user {name}")
    return _tokens(tx, name)


def _tokens(tx: Transaction, name: str) -> tuple[views.Token, ...]:
    return tuple(
        views.Token(row["label"], row["user"], row["made_s"], row["expires_s"])
        for row in reading.list_tokens(tx, name, time.time())
    )


LISTINGS: dict[str, Listing] = {
    "session": session,
    "figures": own_figures,
    "vigilance": vigilance,
    "history": history,
    "alarms": alarms,
    "handover": handover,
    "test_frames": known_frames,
    "users": users,
    "tokens": tokens,
    "user_tokens": user_tokens,
}
"""By the names of their routes."""


def strip(names: Mapping[str, str]) -> list[views.StripPicture]:
    """Name the pictures of a strip among a frame's files, oldest first."""
    times = sorted(
        int(name.removeprefix("strip-").removesuffix(".jpg"))
        for name in names
        if name.startswith("strip-")
    )
    return [views.StripPicture(time_ms, time_ms / 1000) for time_ms in times]


def _query(texts: Mapping[str, str], kind: type[Q]) -> Q:
    try:
        return msgspec.convert(texts, kind, strict=False)
    except msgspec.ValidationError as error:
        raise Refusal(400, f"the query is not understood: {error}") from error


def _cursor(at_s: float, number: int) -> str:
    return f"{at_s!r}-{number}"


def _place(cursor: str) -> tuple[float, int] | None:
    """Return what a cursor names; one that nobody was given is refused."""
    if not cursor:
        return None
    at_s, _, number = cursor.rpartition("-")
    if not (at_s and number.isdecimal() and len(number) <= _ROW_DIGITS):
        raise Refusal(400, _NO_CURSOR)
    try:
        return float(at_s), int(number)
    except ValueError:
        raise Refusal(400, _NO_CURSOR) from None
