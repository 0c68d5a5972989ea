"""People through the stage's real process: sessions, users, tokens, links."""

from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from seda.decisions import SignedOut
from seda.requests import Person
from spotter_web import views
from store.file.database import verify
from store.people import people
from store.people.devices import find_device
from store.people.passwords import hash_password
from testing.messages.sessions import name_secret
from tests.stages.alarm.serving import (
    CLIENT,
    HASH,
    ROOT,
    SETTINGS,
    ClientAnswer,
    RunningAlarmStage,
    serving,
)

NEW = {"name": "anna", "password": HASH, "role": "spotter", "scope": ["gate"]}
OTHER_HASH = hash_password("another password")
PLAIN = attrs.evolve(CLIENT, is_https=False)


def sign_in(alarm: RunningAlarmStage, **more: Any) -> tuple[ClientAnswer, str]:
    """Sign in as anna; give the secret of her cookie too."""
    form = {"name": "anna", "password": "-"}
    answer = alarm.ask("sign_in", Person("anna", "spotter"), form, **more)
    return answer, answer.headers["set-cookie"].partition("=")[2].partition(";")[0]


def as_anna(secret: str) -> Person:
    """Be anna in one of her browsers."""
    return Person("anna", "spotter", None, name_secret(secret))


def is_in(alarm: RunningAlarmStage, secret: str, kind: people.Kind = "session") -> bool:
    """Ask whether a secret lets somebody in."""
    return alarm.look(lambda tx: people.find_holder(tx, kind, secret, 0.0)) is not None


def test_signing_in_sets_a_cookie_that_lets_in_until_signing_out(tmp_path: Path) -> None:
    """Secure only over HTTPS, for the browser's own requests alone; the record has the address."""
    with serving(tmp_path) as alarm:
        alarm.ask("add_user", ROOT, NEW)
        answer, secret = sign_in(alarm)
        cookie = answer.headers["set-cookie"]
        age = f"Max-Age={SETTINGS.web.session_s:.0f}"
        assert cookie == (
            f"seda_session={secret}; HttpOnly; SameSite=Strict; Path=/; {age}; Secure"
        )
        session = msgspec.convert(answer.view, views.Session)
        assert (session.name, session.scope, len(session.bands)) == ("anna", ("gate",), 4)
        assert is_in(alarm, secret)
        plain, other = sign_in(alarm, client=PLAIN)
        assert "Secure" not in plain.headers["set-cookie"]
        out = alarm.ask("sign_out", as_anna(secret))
        assert (out.status, "Max-Age=0" in out.headers["set-cookie"]) == (204, True)
        assert out.headers["clear-site-data"] == '"cache"'
        assert [is_in(alarm, it) for it in (secret, other)] == [False, True]
        (told,) = alarm.heard("signed_out")
        assert told.body == SignedOut("anna", name_secret(secret))
        lines = alarm.rows("SELECT content FROM ledger WHERE kind = 'session issued'")
        assert all("192.0.2.7" in line["content"] for line in lines)
        assert alarm.look(verify) is None


def test_signing_in_by_password_lets_the_browser_be_known_again(tmp_path: Path) -> None:
    """It is shown to nothing but what signs in, and is worth nothing once the password changed."""
    with serving(tmp_path) as alarm:
        alarm.ask("add_user", ROOT, NEW)
        form = {"name": "anna", "password": "-"}
        answer = alarm.ask("sign_in", Person("anna", "spotter"), form)
        (cookie,) = [it for it in answer.cookies if it.startswith("seda_device=")]
        assert "; HttpOnly; SameSite=Strict; Path=/api/v1/session; " in cookie
        device = cookie.partition("=")[2].partition(";")[0]
        assert find_device(device, "anna", HASH, 0.0)
        assert not find_device(device, "anna", HASH, 1e12)
        assert not find_device(device, "ben", HASH, 0.0)
        assert not find_device(device, "anna", OTHER_HASH, 0.0)
        assert not find_device(device, "anna", "", 0.0)
        linked = alarm.ask("make_link", ROOT, path={"name": "admin"})
        first = alarm.ask("sign_in_link", None, linked.view)
        assert not [it for it in first.cookies if it.startswith("seda_device=")]


def test_refused_sign_ins_are_in_the_record(tmp_path: Path) -> None:
    """Whoever it was, and whether there is such a user or not; with an answer of its own."""
    with serving(tmp_path) as alarm:
        answer = alarm.ask("sign_in_refused", None, {"name": "<script>", "password": "-"})
        gone = alarm.ask("sign_in", Person("anna", "spotter"), {"name": "anna", "password": "-"})
        link = alarm.ask("sign_in_link", None, {"secret": "guessed"})
        assert [it.status for it in (answer, gone, link)] == [401, 401, 401]
        rows = alarm.rows("SELECT subject FROM ledger WHERE kind = 'sign-in refused'")
        assert [row["subject"] for row in rows] == ["<script>", "anna", ""]


def test_refused_sign_ins_that_are_told_together_are_in_the_record(tmp_path: Path) -> None:
    """A parser that has many sends along the names that exist."""
    with serving(tmp_path) as alarm:
        others = [["anna", "192.0.2.1"], ["ben", "192.0.2.2"]]
        alarm.ask("sign_in_refused", None, {"name": "x", "others": others})
        rows = alarm.rows("SELECT subject, content FROM ledger WHERE kind = 'sign-in refused'")
        assert [row["subject"] for row in rows] == ["anna", "ben", "x"]
        assert "192.0.2.2" in rows[1]["content"]


def test_a_link_lets_in_once(tmp_path: Path) -> None:
    """And the first one makes the admin."""
    with serving(tmp_path) as alarm:
        made = alarm.ask("make_link", ROOT, path={"name": "admin"})
        first = alarm.ask("sign_in_link", None, made.view)
        second = alarm.ask("sign_in_link", None, made.view)
        assert (first.status, first.view["role"], second.status) == (200, "admin", 401)


def test_a_password_never_comes_to_lie_in_the_store(tmp_path: Path) -> None:
    """What is no hash is refused, whoever forgot to hash it."""
    with serving(tmp_path) as alarm:
        plain = {**NEW, "password": "correct horse battery"}
        assert alarm.ask("add_user", ROOT, plain).status == 409
        alarm.ask("add_user", ROOT, NEW)
        change = {"password": "correct horse battery"}
        assert alarm.ask("change_user", ROOT, change, path={"name": "anna"}).status == 409
        own = {"password": "-", "new_password": "correct horse battery"}
        assert alarm.ask("own_password", Person("anna", "spotter"), own).status == 409
    contents = [file.read_bytes() for file in (tmp_path / "alarm").iterdir() if file.is_file()]
    assert not any(b"correct horse" in content for content in contents)


def test_a_changed_password_signs_out_everybody_else(tmp_path: Path) -> None:
    """Whoever changed it goes on with a new session."""
    with serving(tmp_path) as alarm:
        alarm.ask("add_user", ROOT, NEW)
        (_, own), (_, other) = sign_in(alarm), sign_in(alarm)
        form = {"password": "-", "new_password": HASH}
        answer = alarm.ask("own_password", as_anna(own), form)
        fresh = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
        assert [is_in(alarm, it) for it in (own, other, fresh)] == [False, False, True]
        told = [it.body.session for it in alarm.heard("signed_out")]
        assert told == [name_secret(other)]


def test_users_are_changed_and_removed(tmp_path: Path) -> None:
    """What is left out stays; pages hear that they have to look who they are."""
    with serving(tmp_path) as alarm:
        assert alarm.ask("add_user", ROOT, NEW).status == 201
        assert alarm.ask("add_user", ROOT, NEW).status == 409
        _, secret = sign_in(alarm)
        changed = alarm.ask("change_user", ROOT, {"role": "supervisor"}, path={"name": "anna"})
        assert (changed.view["role"], changed.view["scope"]) == ("supervisor", ["gate"])
        wider = alarm.ask("change_user", ROOT, {"scope": None}, path={"name": "anna"})
        assert (wider.view["role"], wider.view["scope"]) == ("supervisor", None)
        assert [it.body for it in alarm.heard("signed_out")] == [SignedOut("anna")] * 2
        assert alarm.ask("change_user", ROOT, {}, path={"name": "nobody"}).status == 404
        assert alarm.ask("remove_user", ROOT, path={"name": "anna"}).status == 204
        assert not is_in(alarm, secret)
        assert alarm.ask("remove_user", ROOT, path={"name": "anna"}).status == 404


def test_the_own_password_is_not_changed_without_the_present_one(tmp_path: Path) -> None:
    """An administrator's stolen session is worth what it lasts; the first one has none yet."""
    with serving(tmp_path) as alarm:
        alarm.ask("make_link", ROOT, path={"name": "admin"})
        first = Person("admin", "admin", session="of-the-first")
        form = {"password": NEW["password"]}
        assert alarm.ask("change_user", first, form, path={"name": "admin"}).status == 200
        assert alarm.ask("change_user", first, form, path={"name": "admin"}).status == 409
        alarm.ask("add_user", ROOT, {**NEW, "role": "admin"})
        anna = Person("anna", "admin", session="of-anna")
        refused = alarm.ask("change_user", anna, form, path={"name": "anna"})
        assert refused.status == 409
        assert "with the present one" in refused.view["error"]
        assert alarm.ask("change_user", ROOT, form, path={"name": "anna"}).status == 200


def test_tokens_are_shown_once_and_removed(tmp_path: Path) -> None:
    """Each of a user's under a label of its own."""
    with serving(tmp_path) as alarm:
        alarm.ask("add_user", ROOT, NEW)
        anna = Person("anna", "spotter")
        form = {"label": "door & <gate>", "lasts_days": 7}
        token = alarm.ask("add_token", anna, form)
        assert is_in(alarm, token.view["secret"], "token")
        assert alarm.ask("add_token", anna, form).status == 409
        path = {"label": form["label"]}
        assert [alarm.ask("remove_token", anna, path=path).status for _ in range(2)] == [204, 404]
        assert not is_in(alarm, token.view["secret"], "token")
        (out,) = alarm.heard("signed_out")
        assert out.body == SignedOut("anna", name_secret(token.view["secret"]))


def test_a_changed_password_ends_tokens_too(tmp_path: Path) -> None:
    """Whoever had the old one may have made them; what they listen to is told."""
    with serving(tmp_path) as alarm:
        alarm.ask("add_user", ROOT, NEW)
        _, own = sign_in(alarm)
        token = alarm.ask("add_token", as_anna(own), {"label": "door"}).view["secret"]
        alarm.ask("own_password", as_anna(own), {"password": "-", "new_password": HASH})
        assert not is_in(alarm, token, "token")
        told = [it.body.session for it in alarm.heard("signed_out")]
        assert told == [name_secret(token)]
        second = alarm.ask("add_token", Person("anna", "spotter"), {"label": "door"}).view["secret"]
        alarm.ask("change_user", ROOT, {"password": HASH}, path={"name": "anna"})
        assert not is_in(alarm, second, "token")


def test_a_token_ends_with_whom_it_speaks_for(tmp_path: Path) -> None:
    """Who is removed has no machine that goes on."""
    with serving(tmp_path) as alarm:
        alarm.ask("add_user", ROOT, NEW)
        token = alarm.ask("add_token", Person("anna", "spotter"), {"label": "door"}).view["secret"]
        alarm.ask("remove_user", ROOT, path={"name": "anna"})
        alarm.ask("add_user", ROOT, NEW)
        assert not is_in(alarm, token, "token")


def test_an_admin_revokes_tokens_of_others(tmp_path: Path) -> None:
    """Of those alone who may see no more than they do; the ledger says who did it."""
    with serving(tmp_path) as alarm:
        alarm.ask("add_user", ROOT, NEW)
        token = alarm.ask("add_token", Person("anna", "spotter"), {"label": "door"}).view["secret"]
        path = {"name": "anna", "label": "door"}
        narrow = Person("nina", "admin", frozenset({"yard"}))
        assert alarm.ask("remove_user_token", narrow, path=path).status == 404
        assert is_in(alarm, token, "token")
        assert alarm.ask("remove_user_token", ROOT, path=path).status == 204
        assert not is_in(alarm, token, "token")
        assert alarm.ask("remove_user_token", ROOT, path=path).status == 404
        (out,) = alarm.heard("signed_out")
        assert out.body == SignedOut("anna", name_secret(token))
        (line,) = alarm.rows("SELECT actor FROM ledger WHERE kind = 'token revoked'")
        assert line["actor"] == ROOT.name


def test_sessions_of_one_user_are_bounded(tmp_path: Path) -> None:
    """The oldest gives way."""
    with serving(tmp_path) as alarm:
        alarm.ask("add_user", ROOT, NEW)
        secrets = [sign_in(alarm)[1] for _ in range(people.SESSIONS_MAX + 2)]
        assert [is_in(alarm, it) for it in secrets[:3]] == [False, False, True]


@pytest.mark.parametrize(
    ("route", "form"), [("nonsense", {}), ("add_user", {"name": 5}), ("add_user", None)]
)
def test_what_nobody_can_read_is_refused(tmp_path: Path, route: str, form: object) -> None:
    """Answered, and the next one is served."""
    with serving(tmp_path) as alarm:
        assert alarm.ask(route, ROOT, form).status in (404, 422)
        assert alarm.ask("add_user", ROOT, NEW).status == 201
