"""What each route answers, from what the site knows."""

import time
from collections.abc import Callable
from typing import Any

import attrs

from spotter_web import views
from spotter_web.routes import Route
from testing.console import operations
from testing.console.site import LINK, PASSWORD, Site, encode


@attrs.frozen
class Call:
    """One request that was let in."""

    route: Route
    names: dict[str, str]
    query: Any
    """The form that the route names."""
    body: Any
    person: str
    has_hung_up: Callable[[], bool]


@attrs.frozen
class Content:
    """One answer."""

    status: int
    body: bytes = b""
    type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    stream: tuple[str, frozenset[str]] | None = None
    """Its name, and the pages that watch by it."""


def problem(status: int, words: str) -> Content:
    """Refuse, saying why."""
    headers = (("Retry-After", "1"),) if status in {429, 503} else ()
    return Content(status, encode(views.Problem(words)), headers=headers)


def answer(site: Site, call: Call) -> Content:
    """Answer one request."""
    found = _ANSWERS[call.route.name](site, call)
    if isinstance(found, Content):
        return found
    if call.route.done == 204:
        return Content(204)
    return Content(call.route.done, encode(found))


def _picture(body: bytes, kind: str = "image/jpeg", *more: tuple[str, str]) -> Content:
    return Content(200, body, kind, (("Cache-Control", "no-cache"), *more))


def _session(site: Site, name: str) -> views.Session:
    limits, bands = site.limits, ("ordinary", "noticeable", "unusual", "alarming")
    return views.Session(
        name, site.roles[name], None, time.time() + 40_000, time.time(), limits.lease_s,
        limits.undo_s, limits.age_limit_s, limits.rest_after_s,
        tuple(views.BandView(band, place / 4) for place, band in enumerate(bands)),  # type: ignore[arg-type]  # a tuple's literals are widened
    )  # fmt: skip


def _enter(site: Site, name: str) -> Content:
    site.sessions["signed-in"] = name
    cookie = ("Set-Cookie", "seda_session=signed-in; HttpOnly; SameSite=Strict; Path=/")
    return Content(200, encode(_session(site, name)), headers=(cookie,))


def _sign_in(site: Site, call: Call) -> Content:
    if call.body.name not in site.roles or call.body.password != PASSWORD:
        return problem(401, "Name or password is wrong.")
    return _enter(site, call.body.name)


def _sign_in_link(site: Site, call: Call) -> Content:
    return _enter(site, "anna") if call.body.secret == LINK else problem(401, "Used already.")


def _sign_out(site: Site, _: Call) -> None:
    site.sessions.clear()


def _next(site: Site, call: Call) -> Content:
    has = {one for one in f"{call.query.shown},{call.query.holds}".split(",") if one}
    query = call.query
    found = site.next_frame(query.page, has, query.wait, call.has_hung_up, query.yields)
    if found is None:
        return Content(204)
    if isinstance(found, str):
        return Content(204, headers=(("Seda-Yield", found),))
    held, instead_of = found
    facts = encode(site.facts(held, instead_of)).decode()
    ascii_only = "".join(c if ord(c) < 128 else f"\\u{ord(c):04x}" for c in facts)
    return Content(
        200,
        held.case.frame,
        "image/jpeg",
        (("Seda-Frame", ascii_only), ("Cache-Control", "no-store")),
    )


def _verdict(site: Site, call: Call) -> views.Recorded | Content:
    lease_id = call.body.lease.removeprefix("signed ")
    if lease_id not in site.all:
        return problem(404, "There is no such frame.")
    recorded = site.decide(lease_id, call.body.verdict, call.body.note, call.person)
    return recorded or problem(409, "Another verdict stands.")


def _undo(site: Site, call: Call) -> views.Recorded | Content:
    lease_id = call.body.lease_id
    held = site.all.get(lease_id)
    recorded = site.undo(lease_id, held.page if held else "")
    return recorded or problem(409, "It is too late.")


def _strip(site: Site, call: Call) -> object:
    held = site.all.get(call.names["frame_id"])
    if held is None:
        return problem(404, "There is no such frame.")
    return [
        views.StripPicture(index, held.captured_s + by_s)
        for index, (by_s, _) in enumerate(held.case.strip)
    ]


def _joined(site: Site, call: Call) -> object:
    held = site.all.get(call.names["frame_id"])
    return problem(404, "There is no such frame.") if held is None else site.joined(held)


def _of_frame(
    part: Callable[[Any, Call], bytes], kind: str = "image/jpeg"
) -> Callable[[Site, Call], Content]:
    def give(site: Site, call: Call) -> Content:
        # One that is decided with another is called by that one and a number.
        held = site.all.get(call.names["frame_id"].partition("+")[0])
        if held is None:
            return problem(404, "There is no such frame.")
        return _picture(part(held.case, call), kind)

    return give


def _live_picture(site: Site, call: Call) -> Content:
    case = next((one for one in site.cases if one.camera == call.names["camera"]), None)
    if case is None:
        return problem(404, "There is no such camera.")
    is_live = site.states.get(case.camera, "live") == "live"
    captured_s = time.time() - (0.8 if is_live else 95)
    shots = [case.frame, *(shot for _, shot in case.strip)]
    shot = shots[int(time.time()) % len(shots)] if is_live else case.usual
    return _picture(shot, "image/jpeg", ("Seda-Captured", f"{captured_s:.3f}"))


def _history(site: Site, call: Call) -> views.History:
    query = call.query
    chosen = [
        entry
        for entry in site.history
        if query.camera in {None, entry.camera}
        and (query.person or "").lower() in entry.person.lower()
        and query.verdict in {None, entry.verdict}
        and query.band in {None, entry.band}
        and query.outcome in {None, entry.outcome}
        and (query.from_s or 0) <= entry.decided_s <= (query.until_s or 1e12)
    ]
    start = int(query.before or 0)
    end = start + query.limit
    return views.History(tuple(chosen[start:end]), str(end) if end < len(chosen) else "")


def _alarms(site: Site, call: Call) -> views.Alarms:
    over = {"resolved", "withdrawn"}
    chosen = [
        alarm
        for alarm in site.alarms.values()
        if call.query.state in {None, alarm.state} and call.query.camera in {None, alarm.camera}
    ]
    chosen.sort(key=lambda alarm: (alarm.state in over, alarm.raised_s))
    return views.Alarms(tuple(chosen[: call.query.limit]))


def _change(site: Site, call: Call, **changes: Any) -> object:
    alarm = site.alarms.get(int(call.names["alarm_id"]))
    if alarm is None:
        return problem(404, "There is no such alarm.")
    if alarm.state == "resolved" and call.route.name != "note":
        return problem(409, "It is resolved already.")
    site.change_alarm(attrs.evolve(alarm, **changes))
    return site.alarms[alarm.alarm_id]


def _acknowledge(site: Site, call: Call) -> object:
    return _change(site, call, state="acknowledged", holder=call.person)


def _resolve(site: Site, call: Call) -> object:
    return _change(site, call, state="resolved", outcome=call.body.outcome, holder=call.person)


def _note(site: Site, call: Call) -> object:
    alarm = site.alarms.get(int(call.names["alarm_id"]))
    before = alarm.notes if alarm else ()
    note = views.NoteView(call.person, call.body.text, time.time())
    return _change(site, call, notes=(*before, note))


def _hand_over(site: Site, call: Call) -> views.HandoverNotes:
    site.notes.insert(0, views.NoteView(call.person, call.body.text, time.time()))
    return views.HandoverNotes(tuple(site.notes))


def _upload(site: Site, call: Call) -> views.TestFrame:
    made = views.TestFrame(
        f"t{len(site.test_frames)}", call.query.camera, call.query.threat, call.query.is_target,
        call.person, time.time(), 0,
    )  # fmt: skip
    site.test_frames.insert(0, made)
    return made


def _confirm(site: Site, call: Call) -> object:
    held = site.all.get(call.body.frame_id)
    if held is None:
        return problem(404, "There is no such frame.")
    made = views.TestFrame(
        held.lease_id, held.case.camera, held.case.threat, call.body.is_target, call.person,
        time.time(), 0,
    )  # fmt: skip
    site.test_frames.insert(0, made)
    return made


def _withdraw(site: Site, call: Call) -> None:
    site.test_frames = [one for one in site.test_frames if one.frame_id != call.names["frame_id"]]


def _add_user(site: Site, call: Call) -> object:
    form = call.body
    if form.name in site.users:
        return problem(409, "There is somebody of that name.")
    site.roles[form.name] = form.role
    site.users[form.name] = views.User(form.name, form.role, form.scope, time.time())
    return site.users[form.name]


def _change_user(site: Site, call: Call) -> object:
    user = site.users.get(call.names["name"])
    if user is None:
        return problem(404, "There is nobody of that name.")
    scope = user.scope if call.body.scope == "unchanged" else call.body.scope
    user = attrs.evolve(user, role=call.body.role or user.role, scope=scope)
    site.users[user.name] = user
    site.roles[user.name] = user.role
    return user


def _remove_user(site: Site, call: Call) -> object:
    if call.names["name"] == call.person:
        return problem(409, "Nobody removes themselves.")
    return site.users.pop(call.names["name"], None) and None


def _add_token(site: Site, call: Call) -> views.Token:
    ends_s = time.time() + call.body.lasts_days * 86_400
    token = views.Token(call.body.label, call.person, time.time(), ends_s)
    site.tokens.append(token)
    return attrs.evolve(token, secret="k3J9-shown-once-Qw81")  # noqa: S106  # of nothing


def _remove_token(site: Site, call: Call) -> None:
    site.tokens = [one for one in site.tokens if one.label != call.names["label"]]


def _user_tokens(site: Site, call: Call) -> tuple[views.Token, ...]:
    return tuple(one for one in site.tokens if one.user == call.names["name"])


def _remove_user_token(site: Site, call: Call) -> None:
    of = (call.names["name"], call.names["label"])
    site.tokens = [one for one in site.tokens if (one.user, one.label) != of]


_ANSWERS: dict[str, Callable[[Site, Call], object]] = {
    "session": lambda site, call: _session(site, call.person),
    "sign_in": _sign_in,
    "sign_in_link": _sign_in_link,
    "sign_out": _sign_out,
    "own_password": lambda *_: None,
    "figures": operations.figures,
    "next": _next,
    "frame": _of_frame(lambda case, _: case.frame),
    "heat": _of_frame(lambda case, _: case.heat, "image/png"),
    "usual": _of_frame(lambda case, _: case.usual),
    "strip": _strip,
    "strip_picture": _of_frame(lambda case, call: case.strip[int(call.names["index"])][1]),
    "joined": _joined,
    "verdict": _verdict,
    "undo": _undo,
    "history": _history,
    "alarms": _alarms,
    "acknowledge": _acknowledge,
    "resolve": _resolve,
    "note": _note,
    "wall": lambda site, _: site.wall(),
    "picture": _live_picture,
    "watch": operations.watch,
    "handover": lambda site, _: views.HandoverNotes(tuple(site.notes)),
    "hand_over": _hand_over,
    "test_frames": lambda site, _: tuple(site.test_frames),
    "upload_test_frame": _upload,
    "confirm_test_frame": _confirm,
    "withdraw_test_frame": _withdraw,
    "vigilance": operations.vigilance,
    "users": lambda site, _: tuple(
        attrs.evolve(user, tokens=sum(one.user == user.name for one in site.tokens))
        for user in site.users.values()
    ),
    "user_tokens": _user_tokens,
    "remove_user_token": _remove_user_token,
    "add_user": _add_user,
    "change_user": _change_user,
    "remove_user": _remove_user,
    "tokens": lambda site, _: tuple(site.tokens),
    "add_token": _add_token,
    "remove_token": _remove_token,
    "cameras": operations.cameras,
    "stages": operations.stages,
}
