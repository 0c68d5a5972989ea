"""Requests with a password in them: verified or hashed here, and nowhere a password from here on.

argon2 takes tens of milliseconds and megabytes on purpose, so there is one worker thread for
strangers (`strangers`); and another one for those who have signed in before, for whom few wait.
What goes on to alarm holds the hash in the password's place, or a dash where the password itself
has done its work.
"""

import time
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import attrs
import msgspec
import trio

from http_common.origins import neighbourhood
from http_common.refused import Refused
from seda.requests import Person, RefusedSignIn
from spotter_web.forms import LinkSignIn, OwnPassword, SignIn, UserChange, UserForm
from stages.http_parser.access_control import Given
from stages.http_parser.credential_cache import CredentialCache, StoreUnavailable
from stages.http_parser.sign_in_delays import KnownSignIns, SignInDelays
from stages.http_parser.waiting_strangers import WAITING_MAX as STRANGERS_MAX
from stages.http_parser.waiting_strangers import Strangers, busy
from store.people.passwords import PASSWORD_CHARS_MIN, hash_password, is_password

WAITING_MAX = 16
DONE = "-"
"""Stands where a password was that nobody needs any more."""
REFUSED_ROUTE = "sign_in_refused"
_PATIENCE_S = 5.0
"""For a store that cannot be read yet; between tries _AGAIN_S."""
_AGAIN_S = 0.1
_AWAY = "nobody can be looked up now; try again in a moment"

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _Worker:
    """One thread, and those who wait for it."""

    def __init__(self) -> None:
        self._limiter = trio.CapacityLimiter(1)
        self._waiting = 0

    def check_room(self) -> None:
        """Raise Refused where as many wait as may."""
        if self._waiting >= WAITING_MAX:
            raise busy()

    async def do(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        """Have something worked on, or raise Refused."""
        self.check_room()
        self._waiting += 1
        try:
            return await trio.to_thread.run_sync(
                function, *arguments, limiter=self._limiter, abandon_on_cancel=True
            )
        finally:
            self._waiting -= 1


@attrs.frozen
class _Verdict:
    is_right: bool
    person: Person | None = None
    others: tuple[tuple[str, str], ...] = ()
    """Name and address of others that were wrong and are told nothing."""


class Passwords:
    """The workers, and who may ask them."""

    def __init__(
        self, credentials: CredentialCache, free_tries: int, strangers_max: int = STRANGERS_MAX
    ) -> None:
        self._credentials = credentials
        self._sign_in_delays = SignInDelays(free_tries)
        self._known_sign_ins = KnownSignIns()
        self._strangers = Strangers(strangers_max)
        self._known = _Worker()
        self._treatments = {
            "sign_in": self._sign_in,
            "sign_in_link": self._sign_in_link,
            "own_password": self._own_password,
            "add_user": self._add_user,
            "change_user": self._change_user,
        }

    def are_in(self, given: Given) -> bool:
        """Return whether this has to be treated before it goes on."""
        return given.ask.route in self._treatments

    async def treat(self, given: Given) -> Given:
        """Return what goes on in its place, or raise Refused."""
        return await self._treatments[given.ask.route](given)

    async def _sign_in(self, given: Given) -> Given:
        form = msgspec.json.decode(given.ask.body, type=SignIn)
        found = await self._verify(given, form.name, form.password)
        if not found.is_right:
            body = msgspec.json.encode(RefusedSignIn(form.name, found.others))
            return _with(given, route=REFUSED_ROUTE, person=None, body=body)
        body = msgspec.json.encode(attrs.evolve(form, password=DONE))
        return _with(given, person=found.person, body=body)

    async def _sign_in_link(self, given: Given) -> Given:
        """Bound how often links that are none are tried: each leaves a line in the ledger.

        One that is right waits for nobody: it is too long to guess, and a watch that begins may
        well have its links redeemed behind one address.
        """
        secret = msgspec.json.decode(given.ask.body, type=LinkSignIn).secret
        if await self._look_up(self._credentials.find, "link", secret) is None:
            self._begin("", given)
        return given

    async def _own_password(self, given: Given) -> Given:
        form = msgspec.json.decode(given.ask.body, type=OwnPassword)
        assert given.ask.person is not None  # noqa: S101 - the access control lets nobody else in
        found = await self._verify(given, given.ask.person.name, form.password)
        if not found.is_right:
            raise Refused(403, "this is not your present password")
        form = OwnPassword(DONE, await self._hash(form.new_password))
        return _with(given, body=msgspec.json.encode(form))

    async def _add_user(self, given: Given) -> Given:
        form = msgspec.json.decode(given.ask.body, type=UserForm)
        form = attrs.evolve(form, password=await self._hash(form.password))
        return _with(given, body=msgspec.json.encode(form))

    async def _change_user(self, given: Given) -> Given:
        form = msgspec.json.decode(given.ask.body, type=UserChange)
        if form.password is None:
            return given
        form = attrs.evolve(form, password=await self._hash(form.password))
        return _with(given, body=msgspec.json.encode(form))

    async def _verify(self, given: Given, name: str, password: str) -> _Verdict:
        """Return whether this is their password; it takes as long if there is no such user."""
        person, password_hash, addresses = await self._look_up(self._credentials.find_user, name)
        known = self._find_known(given, name, password_hash, addresses)
        address = neighbourhood(given.ask.client.address)
        if known:
            self._known.check_room()  # before the try is counted: what is not looked at is none
            self._begin(name, given, known)
            verdict = _Verdict(await self._known.do(is_password, password_hash, password))
        else:
            self._strangers.check_room(address)
            self._begin(name, given)
            verdict = await self._ask_strangers(name, address, password, password_hash)
        if verdict.is_right:
            self._sign_in_delays.succeed(name, address, known)
            self._known_sign_ins.note(name, address)
            return attrs.evolve(verdict, person=person)
        return verdict

    async def _ask_strangers(
        self, name: str, address: str, password: str, password_hash: str | None
    ) -> _Verdict:
        failed = self._sign_in_delays.failed(name)
        seen = await self._strangers.look_at(name, address, password, password_hash, failed)
        if not seen.is_right and not seen.is_recorded:
            raise busy()
        return _Verdict(seen.is_right, others=tuple((it.name, it.address) for it in seen.others))

    def _find_known(
        self, given: Given, name: str, password_hash: str | None, addresses: list[str]
    ) -> str:
        """Return by what somebody is known who tries this name; "" for a stranger."""
        if given.ask.person is not None:
            return f"session {given.ask.person.session}"
        if mark := self._credentials.find_device(given.device, name, password_hash):
            return f"browser {mark}"
        address = neighbourhood(given.ask.client.address)
        places = map(neighbourhood, addresses)
        if address in places or self._known_sign_ins.has(name, address):
            return f"place {address} {name}"
        return ""

    async def _look_up(self, find: Callable[[*Ts], T], *about: *Ts) -> T:
        """Find in the store, waiting for it: who is quick comes before alarm has opened it."""
        await trio.lowlevel.checkpoint()
        with trio.move_on_after(_PATIENCE_S):
            while True:
                try:
                    return find(*about)
                except StoreUnavailable:
                    await trio.sleep(_AGAIN_S)
        raise Refused(503, _AWAY, ("Retry-After", "1"))

    def _begin(self, name: str, given: Given, known: str = "") -> None:
        """Count a try, or raise Refused where it is too early for one."""
        address, now_s = neighbourhood(given.ask.client.address), time.monotonic()
        wait_s = self._sign_in_delays.wait_s(name, address, now_s, known)
        if wait_s > 0:
            after = int(wait_s) + 1
            words = f"too many tries to sign in; the next one is possible in {after} s"
            raise Refused(429, words, ("Retry-After", str(after)))
        self._sign_in_delays.begin(name, address, now_s, known)

    async def _hash(self, password: str) -> str:
        try:
            return await self._known.do(hash_password, password)
        except ValueError:
            words = f"a password has at least {PASSWORD_CHARS_MIN} characters and at most 1000"
            raise Refused(422, words) from None


def _with(given: Given, **changes: object) -> Given:
    return attrs.evolve(given, ask=attrs.evolve(given.ask, **changes))  # type: ignore[arg-type]  # attrs checks names, not kinds
