"""Program behind `seda user`: who may what, from the command line.

The change is the same function that the web's route calls. While seda runs it goes to the alarm
stage as a write of its own, with one end of a socket pair in the place of a browser's connection,
and is answered over HTTP as a browser is; while it does not, this process takes the store's lock
and writes. Passwords come from a prompt or from standard input, never from the arguments.
"""

import argparse
import os
import pwd
import sqlite3
import sys
import time
from getpass import getpass
from pathlib import Path

import msgspec

from conf.schema import Settings
from seda.command import configuration, exits, signing_in
from seda.command.configuration import Configuration
from seda.command.ending import ended
from seda.command.output import tell
from seda.requests import Ask, Client, Person
from seda.supervisor import directory
from spotter_web import views
from spotter_web.forms import LinkSignIn
from stages.alarm import dispatch
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.clock_watch import make_look
from stages.alarm.local_request import NoAnswer, send_local_request
from stages.alarm.replies import Reply
from stages.alarm.requests import Request
from stages.alarm.routes.people import FIRST
from store.file.database import Store, StoreInUse, read
from store.file.places import store_path
from store.people import people
from store.people.passwords import hash_password
from store.service_time import follow

ROLES = ("spotter", "supervisor", "admin")
_CLIENT = Client("local", is_https=False, version="1.1", method="POST", is_kept=False)
_OK = range(200, 300)


def main() -> int:
    """Do what the arguments say; return the exit code."""
    arguments = _parser().parse_args()
    os.umask(0o077)
    return ended(lambda: _execute(arguments))


def _execute(arguments: argparse.Namespace) -> int:
    if arguments.verb == "first":
        return _first(arguments.data, always=arguments.always)
    found = configuration.load(arguments)
    if arguments.verb == "list":
        return _list(found, as_json=arguments.json)
    return _change(found, arguments)


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="seda user", description="Who may what.")
    verbs = top.add_subparsers(dest="verb", metavar="COMMAND", required=True)
    add = _verb(verbs, "add", "add a user; the password is asked for, or read from a pipe")
    _add_rights(add, role="spotter")
    _verb(verbs, "list", "list users").add_argument("--json", action="store_true")
    _verb(verbs, "remove", "remove a user and whatever lets them in")
    _verb(verbs, "password", "give a user another password")
    _add_rights(_verb(verbs, "role", "change a user's role or cameras"), role=None)
    _verb(verbs, "link", "make a link that lets a user in once, without a password")
    first = verbs.add_parser("first")  # without help: it is the supervisor's own
    first.add_argument("data")
    first.add_argument("--always", action="store_true")
    return top


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",  # it has no other name
    name: str,
    purpose: str,
) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=purpose, description=purpose)
    verb.add_argument("--config", metavar="FILE", help="settings (default: seda.toml, if there)")
    words = "the table of stages (default: %(default)s)"
    default = "seda.pipeline:PIPELINE"
    verb.add_argument("--pipeline", metavar="MODULE:NAME", default=default, help=words)
    if name != "list":
        verb.add_argument("name", metavar="NAME")
    return verb


def _add_rights(verb: argparse.ArgumentParser, role: str | None) -> None:
    verb.add_argument("--role", choices=ROLES, default=role)
    words = "the cameras that they may see, with commas between, or: all"
    verb.add_argument("--scope", metavar="CAMERAS", help=words)


def _change(found: Configuration, arguments: argparse.Namespace) -> int:
    route, form = _form(arguments)
    status, content = _submit(found, route, arguments.name, form)
    if status not in _OK:
        exits.fail(exits.FAILED, _problem(content))
    if arguments.verb == "link":
        secret = msgspec.json.decode(content, type=LinkSignIn).secret
        state = directory.read_state(found.run_directory)
        web = (state.web_address if state else "") or found.settings.web.address
        address = signing_in.find_address(web, is_https=found.settings.web.tls is not None)
        tell(signing_in.find_link(address, secret))
    return exits.OK


def _form(arguments: argparse.Namespace) -> tuple[str, dict[str, object]]:
    """Return the route and the form of a change."""
    match arguments.verb:
        case "add":
            scope = _scope(arguments.scope) if arguments.scope else None
            rights = {"name": arguments.name, "role": arguments.role, "scope": scope}
            return "add_user", {**rights, "password": _read_password()}
        case "password":
            return "change_user", {"password": _read_password()}
        case "role":
            changes: dict[str, object] = {}
            if arguments.role:
                changes["role"] = arguments.role
            if arguments.scope:
                changes["scope"] = _scope(arguments.scope)
            return "change_user", changes
        case "remove":
            return "remove_user", {}
        case _:
            return "make_link", {}


def _scope(text: str) -> list[str] | None:
    return None if text == "all" else [name.strip() for name in text.split(",") if name.strip()]


def _read_password() -> str:
    """Return the hash of a password that is typed twice, or comes through a pipe."""
    if sys.stdin.isatty():
        password = getpass("Password: ")
        if getpass("Once more: ") != password:
            exits.fail(exits.FAILED, "these are two different passwords")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        return hash_password(password)
    except ValueError as error:
        exits.fail(exits.FAILED, str(error))


def _submit(
    found: Configuration, route: str, name: str, form: dict[str, object]
) -> tuple[int, bytes]:
    """Make a change, by whoever may write now; return its status and answer."""
    user = pwd.getpwuid(os.getuid()).pw_name
    ask = Ask(
        client=_CLIENT,
        person=Person(f"local:{user}", "admin"),
        route=route,
        path={"name": name},
        body=msgspec.json.encode(form),
    )
    if directory.find_holder(found.run_directory) is None:
        return _write(found.settings, ask)
    try:
        return send_local_request(found.run_directory / "alarm.sock", ask)
    except NoAnswer as error:
        exits.fail(exits.FAILED, f"{error}; `seda status` tells how the stages are")


def _write(settings: Settings, ask: Ask) -> tuple[int, bytes]:
    """Write the store in the stage's place."""
    data_directory = Path(settings.data_directory)
    path = store_path(data_directory)
    request = Request(ask, ask.body)
    change = dispatch.find_change(AlarmContext(settings, data_directory), request)
    assert change is not None  # noqa: S101 - the routes asked for here are all served
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = Store(path)
    except (OSError, sqlite3.Error, StoreInUse) as error:
        exits.fail(exits.FAILED, f"the store cannot be opened: {error}")
    try:
        now = make_look()()
        _, reply = store.write(time.time(), [lambda tx: follow(tx, now), change])
        if isinstance(reply, Exception):
            reply = dispatch.explain(request, reply)
    except Exception as error:  # noqa: BLE001 - explained as to a browser
        reply = dispatch.explain(request, error)
    finally:
        store.close()
    assert isinstance(reply, Reply)  # noqa: S101 - every route gives one
    return reply.status, msgspec.json.encode(reply.view)


def _problem(content: bytes) -> str:
    try:
        return msgspec.json.decode(content, type=views.Problem).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return "it was refused without a reason"


def _list(found: Configuration, *, as_json: bool) -> int:
    path = store_path(found.settings.data_directory)
    users: list[people.User] = []
    if path.exists():
        with read(path) as tx:
            users = people.list_users(tx)
    if as_json:
        tell(msgspec.json.encode(users).decode())
        return exits.OK
    for user in users:
        scope = "all cameras" if user.scope is None else ", ".join(sorted(user.scope)) or "none"
        tell(f"{user.name:<24} {user.role:<12} {scope}")
    if not users:
        tell("there are no users yet: seda user add NAME --role admin")
    return exits.OK


def _first(data: str, *, always: bool) -> int:
    """Print the secret of a link for the first person, unless there are people already."""
    path = store_path(data)
    if not always and path.exists():
        with read(path) as tx:
            if people.list_users(tx):
                return exits.FAILED
    status, content = _write(
        Settings(data_directory=data),
        Ask(_CLIENT, Person("seda run", "admin"), "make_link", {"name": FIRST}),
    )
    if status not in _OK:
        exits.fail(exits.FAILED, _problem(content))
    tell(msgspec.json.decode(content, type=LinkSignIn).secret)
    return exits.OK


if __name__ == "__main__":
    sys.exit(main())
