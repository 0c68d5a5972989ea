"""Users, signing in and out, and tokens for machines.

Passwords were verified or hashed by the parser (argon2); what stands in a form is a hash by now,
and what is not one is refused, so that no password can come to lie in the store.
"""

from secrets import token_hex
from typing import Literal

import msgspec

from seda.decisions import SignedOut
from seda.requests import RefusedSignIn
from spotter_web import views
from spotter_web.forms import LinkSignIn, OwnPassword, TokenForm, UserChange, UserForm
from spotter_web.routes import API
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.replies import Header, Notice, Reply, problem
from stages.alarm.requests import Request
from store.file.database import Missing, Refused, Transaction
from store.people import people
from store.people.devices import COOKIE as DEVICE_COOKIE
from store.people.devices import DEVICE_S, make_device
from store.people.passwords import is_hash
from store.people.people import User
from store.people.session_view import view_session

COOKIE = "seda_session"
LINK_S = 3600.0
FIRST = "admin"
CLEAR = ("Clear-Site-Data", '"cache"')
"""Frames that this browser has kept are for nobody who uses it next."""
_DAY_S = 86_400.0


def sign_in(context: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Make a session for whom the parser has verified."""
    try:
        user = people.get_user(tx, request.actor)
    except Missing:  # removed in this very moment
        return _refuse(request, tx, request.actor, "name or password is wrong")
    return _start_session(context, request, tx, user, 200)


def sign_in_refused(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Note that somebody gave a wrong name or password."""
    try:
        refused = msgspec.json.decode(request.content, type=RefusedSignIn)
    except (msgspec.DecodeError, UnicodeDecodeError):
        refused = RefusedSignIn("")
    for name, address in refused.others:
        people.note_refused_sign_in(tx, name, address)
    return _refuse(request, tx, refused.name, "name or password is wrong")


def sign_in_link(context: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Exchange a one-time link for a session."""
    user = people.redeem_link(tx, request.form(LinkSignIn).secret)
    if user is None:
        return _refuse(request, tx, "", "this sign-in link is used or too old; ask for another")
    return _start_session(context, request, tx, user, 200)


def sign_out(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """End the session, and have the browser forget it."""
    person = request.person
    people.end_session(tx, person.name, person.session)
    headers = (_cookie(request, "", 0), CLEAR)
    return Reply(204, headers=headers, notices=(_out(person.name, person.session),))


def own_password(context: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Change the own password: everybody else who is signed in by the old one is out."""
    form = request.form(OwnPassword)
    own = request.person.session
    others = [it for it in people.list_sessions(tx, request.actor) if it != own]
    people.change_password(tx, request.actor, _hash(form.new_password), request.actor)
    user = people.get_user(tx, request.actor)
    reply = _start_session(context, request, tx, user, 204)
    return Reply(204, headers=reply.headers, notices=tuple(_out(user.name, it) for it in others))


def add_user(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Add a user."""
    form = request.form(UserForm)
    user = User(name=form.name, role=form.role, scope=_scope(form.scope))
    _refuse_more(request, user)
    people.add_user(tx, user, _hash(form.password), request.actor)
    return Reply(201, _view(tx, user))


def change_user(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Change a user's role, scope or password; their pages are told to look who they are."""
    form = request.form(UserChange)
    before = _find(request, tx)
    scope = before.scope if form.scope == "unchanged" else _scope(form.scope)
    user = User(name=before.name, role=form.role or before.role, scope=scope)
    _refuse_more(request, user)
    if form.password is not None:
        has_one = bool(people.find_password_hash(tx, user.name))
        if has_one and user.name == request.actor:  # or a stolen session would outlive itself
            words = "your own password is changed on the page Session, with the present one"
            raise Refused(words)
        people.change_password(tx, user.name, _hash(form.password), request.actor)
    if user != before:
        people.change_user(tx, user, request.actor)
    return Reply(200, _view(tx, user), notices=(_out(user.name),))


def remove_user(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Remove a user."""
    name = _find(request, tx).name
    people.remove_user(tx, name, request.actor)
    return Reply(204, notices=(_out(name),))


def add_token(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Make a token for a machine."""
    form = request.form(TokenForm)
    lasts_s = form.lasts_days * _DAY_S
    secret = people.issue_token(tx, request.actor, lasts_s, form.label)
    view = views.Token(form.label, request.actor, tx.at_s, tx.at_s + lasts_s, secret)
    return Reply(201, view)


def remove_token(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Make a token worthless, and end what is listened to by it."""
    return _remove_token(request, tx, request.actor)


def remove_user_token(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Make somebody's token worthless, and end what is listened to by it."""
    return _remove_token(request, tx, _find(request, tx).name)


def _remove_token(request: Request, tx: Transaction, name: str) -> Reply:
    session = people.remove_token(tx, name, request.ask.path["label"], request.actor)
    return Reply(204, notices=(_out(name, session),))


def make_link(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Make a one-time link for a user; asked for by `seda user link` and by no route.

    Where there is nobody yet it is the admin's, who has no password until they set one.
    """
    name = request.ask.path["name"]
    if name == FIRST and not people.list_users(tx):
        user = User(name=FIRST, role="admin", scope=None)
        people.add_user(tx, user, people.NO_PASSWORD, request.actor)
    secret = people.issue(tx, "link", name, LINK_S, f"asked for by {request.actor}")
    return Reply(201, LinkSignIn(secret))


def _find(request: Request, tx: Transaction) -> User:
    """Find the user in the path, or raise Missing if their scope is wider than the asker's."""
    user = people.get_user(tx, request.ask.path["name"])
    if not request.covers(user.scope):
        raise Missing(people.no_user(user.name))
    return user


def _refuse_more(request: Request, user: User) -> None:
    if not request.covers(user.scope):
        raise Refused("nobody can let others see cameras that they may not see themselves")


def _start_session(
    context: AlarmContext, request: Request, tx: Transaction, user: User, status: Literal[200, 204]
) -> Reply:
    lasts_s = context.settings.web.session_s
    secret = people.issue(tx, "session", user.name, lasts_s, request.ask.client.address)
    view = view_session(user, tx.at_s, tx.at_s + lasts_s, context.settings.watch)
    headers = (*_device(request, tx, user.name), _cookie(request, secret, lasts_s))
    return Reply(status, view, headers)


def _device(request: Request, tx: Transaction, name: str) -> tuple[Header, ...]:
    """Have the browser known again, where a password may be tried on it."""
    password_hash = people.find_password_hash(tx, name)
    if not password_hash:
        return ()
    device = make_device(name, password_hash, token_hex(8), tx.at_s + DEVICE_S)
    return (_cookie(request, device, DEVICE_S, DEVICE_COOKIE, f"{API}/session"),)


def _refuse(request: Request, tx: Transaction, name: str, words: str) -> Reply:
    people.note_refused_sign_in(tx, name, request.ask.client.address)
    return problem(401, words)


def _cookie(
    request: Request, secret: str, lasts_s: float, name: str = COOKIE, path: str = "/"
) -> Header:
    is_secure = "; Secure" if request.ask.client.is_https else ""
    attributes = f"HttpOnly; SameSite=Strict; Path={path}; Max-Age={lasts_s:.0f}{is_secure}"
    return "Set-Cookie", f"{name}={secret}; {attributes}"


def _out(name: str, session: str = "") -> Notice:
    return Notice("signed_out", f"{name} {session}".strip(), SignedOut(name, session))


def _hash(text: str) -> str:
    if not is_hash(text):
        raise Refused("a password has to come hashed")
    return text


def _scope(cameras: object) -> frozenset[str] | None:
    return frozenset(map(str, cameras)) if isinstance(cameras, tuple) else None


def _view(tx: Transaction, user: User) -> views.User:
    (row,) = tx.run("SELECT made_s FROM users WHERE name = ?", user.name)
    scope = tuple(sorted(user.scope)) if user.scope is not None else None
    return views.User(user.name, user.role, scope, row["made_s"])
