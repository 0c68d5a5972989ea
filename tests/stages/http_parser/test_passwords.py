"""Passwords: verified or hashed here, and not one goes on."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
import trio
import trio.testing

from http_common.refused import Refused
from seda.requests import Ask, Client, Person, RefusedSignIn
from spotter_web.forms import LinkSignIn, OwnPassword, SignIn, UserChange, UserForm
from stages.http_parser.access_control import Given
from stages.http_parser.credential_cache import CredentialCache
from stages.http_parser.password_rounds import HASHED_MAX, RECORDED_MAX
from stages.http_parser.passwords import DONE, WAITING_MAX, Passwords
from stages.http_parser.waiting_strangers import WAITING_OF_PLACE_MAX
from store.file.database import Store, Transaction
from store.people import people
from store.people.devices import make_device
from store.people.passwords import hash_password, is_password
from testing.waiting import PATIENCE_S

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
ANN = Person("ann", "spotter")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return one with one user."""
    made, user = Store(tmp_path / "s"), people.User(name="ann", role="spotter", scope=None)
    hashed = hash_password(PASSWORD)
    made.write_one(1.0, lambda tx: people.add_user(tx, user, hashed, "test"))
    yield made
    made.close()


@pytest.fixture
def credentials(tmp_path: Path, store: Store) -> Iterator[CredentialCache]:
    """Return what reads that store."""
    del store  # is there
    made = CredentialCache(tmp_path / "s")
    yield made
    made.close()


def given(
    route: str,
    form: object,
    person: Person | None = None,
    address: str = "192.0.2.7",
    device: str = "",
) -> Given:
    client = Client(address, is_https=True, version="1.1", method="POST", is_kept=True)
    ask = Ask(client, person, route, body=msgspec.json.encode(form))
    return Given("alarm", "write", ask, device=device)


async def test_a_right_password_goes_on_as_the_person(credentials: CredentialCache) -> None:
    """Without the password."""
    found = await Passwords(credentials, 5).treat(given("sign_in", SignIn("ann", PASSWORD)))
    assert found.ask.route == "sign_in"
    assert found.ask.person == ANN
    assert msgspec.json.decode(found.ask.body, type=SignIn) == SignIn("ann", "-")


@pytest.mark.parametrize("name", ["ann", "nobody"])
async def test_a_wrong_one_goes_on_as_a_refused_sign_in(
    credentials: CredentialCache, name: str
) -> None:
    """So that it is in the audit; whether there is such a user does not show."""
    found = await Passwords(credentials, 5).treat(given("sign_in", SignIn(name, "wrong")))
    assert (found.ask.route, found.ask.person) == ("sign_in_refused", None)
    assert msgspec.json.decode(found.ask.body) == {"name": name, "others": []}


async def test_too_many_tries_are_told_to_wait(credentials: CredentialCache) -> None:
    """429 with how long, and the right password makes no difference then."""
    passwords = Passwords(credentials, 2)
    for _ in range(2):
        await passwords.treat(given("sign_in", SignIn("ann", "wrong")))
    with contextlib.suppress(Refused):
        while True:  # where a check takes longer than the first wait, the next one is longer
            await passwords.treat(given("sign_in", SignIn("ann", "wrong")))
    with pytest.raises(Refused) as caught:
        await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))
    assert caught.value.status == 429
    assert dict(caught.value.headers)["Retry-After"].isdigit()


async def test_a_try_that_was_not_looked_at_is_no_failed_one(
    credentials: CredentialCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is told that too many passwords are being checked has tried none."""
    passwords = Passwords(credentials, 3)
    with monkeypatch.context() as full:
        full.setattr(passwords._strangers, "_waiting_max", 0)
        for _ in range(5):
            with pytest.raises(Refused) as caught:
                await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))
            assert caught.value.status == 503
    found = await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))
    assert found.ask.route == "sign_in"


def adding(user: people.User, password_hash: str) -> Callable[[Transaction], object]:
    """Return what adds a user to the store."""
    return lambda tx: people.add_user(tx, user, password_hash, "test")


async def flood(passwords: Passwords) -> None:
    """Have strangers from many addresses try ann's name until it has to wait for long."""
    for number in range(6):
        with contextlib.suppress(Refused):
            await passwords.treat(
                given("sign_in", SignIn("ann", "wrong"), address=f"8.8.{number}.8")
            )
    with pytest.raises(Refused) as caught:
        await passwords.treat(given("sign_in", SignIn("ann", PASSWORD), address="9.9.9.9"))
    assert caught.value.status == 429


async def test_strangers_keep_nobody_out_where_they_have_signed_in(
    credentials: CredentialCache,
) -> None:
    """From an address from which the right password came before."""
    passwords = Passwords(credentials, 1)
    await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))
    await flood(passwords)
    found = await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))
    assert found.ask.person == ANN


async def test_an_address_of_a_session_is_known(store: Store, credentials: CredentialCache) -> None:
    """Also to a handler that has seen nobody sign in."""
    store.write_one(1.0, lambda tx: people.issue(tx, "session", "ann", 1e12, "192.0.2.7"))
    passwords = Passwords(credentials, 1)
    await flood(passwords)
    found = await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))
    assert found.ask.person == ANN


async def test_strangers_keep_nobody_out_whose_browser_is_known(
    credentials: CredentialCache,
) -> None:
    """Wherever it is now; a browser of somebody else, or an invented one, is none."""
    passwords = Passwords(credentials, 1)
    await flood(passwords)
    _, password_hash, _ = credentials.find_user("ann")
    assert password_hash is not None
    device = make_device("ann", password_hash, "mark", 1e12)
    for other in ("", device[:-1], make_device("bob", password_hash, "mark", 1e12)):
        with pytest.raises(Refused):
            await passwords.treat(
                given("sign_in", SignIn("ann", PASSWORD), address="9.9.9.8", device=other)
            )
    mine = given("sign_in", SignIn("ann", PASSWORD), address="9.9.9.8", device=device)
    assert (await passwords.treat(mine)).ask.person == ANN


async def test_who_is_known_does_not_wait_behind_strangers(credentials: CredentialCache) -> None:
    """Strangers fill their own queue."""
    passwords, statuses = Passwords(credentials, 1000), []
    await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))

    async def guess(number: int) -> None:
        with contextlib.suppress(Refused):
            await passwords.treat(given("sign_in", SignIn("x", "wrong"), address=f"8.8.{number}.8"))
            statuses.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(WAITING_MAX + 4):
            nursery.start_soon(guess, number)
        await trio.testing.wait_all_tasks_blocked()
        await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))
        assert len(statuses) < WAITING_MAX


class Flood:
    """Strangers of many addresses who invent names, all at once, and how often a hash was made."""

    def __init__(self, passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passwords = passwords
        self.hashes = 0
        self.goes_on = threading.Event()
        """Until then no hash ends."""
        self.told = Counter[int]()
        self.lines: list[str] = []
        self.finished: list[str] = []
        monkeypatch.setattr("stages.http_parser.waiting_strangers.is_password", self._look)

    def _look(self, password_hash: str | None, password: str) -> bool:
        self.goes_on.wait(PATIENCE_S)
        self.hashes += 1
        return password_hash is not None and password == PASSWORD

    async def guess(self, name: str, address: str) -> None:
        """Try a wrong password, and note what is said."""
        try:
            found = await self.passwords.treat(
                given("sign_in", SignIn(name, "wrong"), None, address)
            )
        except Refused as refused:
            self.told[refused.status] += 1
        else:
            self.told[401] += 1
            body = msgspec.json.decode(found.ask.body, type=RefusedSignIn)
            self.lines += [body.name, *(it for it, _ in body.others)]
        self.finished.append(name)

    async def release(self) -> None:
        """Let hashes end once everybody waits."""
        await trio.testing.wait_all_tasks_blocked()
        self.goes_on.set()

    def begin(self, nursery: trio.Nursery, count: int, name: str = "nobody") -> None:
        """Have so many guess."""
        for number in range(count):
            nursery.start_soon(self.guess, f"{name}{number}", f"8.8.{number // 250}.{number % 250}")


async def test_strangers_keep_no_newcomer_out(
    credentials: CredentialCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was never there before waits for a round of few hashes, however many invent names."""
    passwords = Passwords(credentials, 5)
    flood = Flood(passwords, monkeypatch)
    async with trio.open_nursery() as nursery:
        for names in ("early", "late"):
            flood.begin(nursery, 100, names)
            await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(flood.release)
        found = await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))
        assert found.ask.person == ANN
        assert flood.hashes <= 2 * HASHED_MAX
    assert flood.told.total() == 200


@pytest.mark.parametrize("name", ["ann", "nobody"])
async def test_in_a_flood_nothing_says_who_exists(
    credentials: CredentialCache, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Neither what is told, nor how many hashes it takes; who exists is in the record (R24)."""
    flood = Flood(Passwords(credentials, 5), monkeypatch)
    async with trio.open_nursery() as nursery:
        flood.begin(nursery, 100)
        nursery.start_soon(flood.guess, name, "9.9.9.9")
        await flood.release()
    told = {401: RECORDED_MAX, 503: 101 - RECORDED_MAX}
    assert (flood.hashes, flood.told) == (HASHED_MAX, told)
    assert name != "ann" or "ann" in flood.lines
    assert len(flood.lines) <= RECORDED_MAX + 1


async def test_a_watch_that_begins_gets_in(
    store: Store, credentials: CredentialCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixteen newcomers at once behind one address, each with the right password."""
    names = [f"user{number}" for number in range(WAITING_OF_PLACE_MAX)]
    hashed = hash_password(PASSWORD)
    for name in names:
        user = people.User(name=name, role="spotter", scope=None)
        store.write_one(1.0, adding(user, hashed))
    passwords, signed_in = Passwords(credentials, 100), []
    Flood(passwords, monkeypatch).goes_on.set()

    async def sign_in(name: str) -> None:
        found = await passwords.treat(given("sign_in", SignIn(name, PASSWORD)))
        signed_in.append(found.ask.person and found.ask.person.name)

    async with trio.open_nursery() as nursery:
        for name in names:
            nursery.start_soon(sign_in, name)
    assert sorted(map(str, signed_in)) == sorted(names)


async def test_one_address_takes_few_places(
    credentials: CredentialCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And all together no more than there are."""
    flood = Flood(Passwords(credentials, 1000, strangers_max=40), monkeypatch)
    async with trio.open_nursery() as nursery:
        for number in range(WAITING_OF_PLACE_MAX + 5):
            nursery.start_soon(flood.guess, f"x{number}", "7.7.7.7")
        await trio.testing.wait_all_tasks_blocked()
        assert len(flood.finished) == 5
        flood.begin(nursery, 40)
        await trio.testing.wait_all_tasks_blocked()
        assert len(flood.finished) == 5 + WAITING_OF_PLACE_MAX
        await flood.release()
    assert flood.told.total() == WAITING_OF_PLACE_MAX + 45


async def test_who_waits_goes_on_when_the_one_in_front_leaves(
    credentials: CredentialCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever does a round for all may be gone before it ends."""
    flood, scope = Flood(Passwords(credentials, 5), monkeypatch), trio.CancelScope()

    async def leave() -> None:
        with scope:
            await flood.guess("first", "1.1.1.1")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(leave)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(flood.guess, "second", "2.2.2.2")
        await trio.testing.wait_all_tasks_blocked()
        scope.cancel()
        flood.goes_on.set()
    assert flood.finished == ["second"]


async def test_links_are_not_tried_without_end(credentials: CredentialCache) -> None:
    """They cannot be guessed; this bounds the noise."""
    passwords, link = Passwords(credentials, 2), given("sign_in_link", LinkSignIn("x"))
    for _ in range(2):
        assert await passwords.treat(link) is link
    with pytest.raises(Refused):
        await passwords.treat(link)


async def test_links_that_are_right_wait_for_nobody(
    store: Store, credentials: CredentialCache
) -> None:
    """However many come from one address, and whatever else was tried from there."""
    secret = store.write_one(1.0, lambda tx: people.issue(tx, "link", "ann", 1e12))
    passwords, link = Passwords(credentials, 2), given("sign_in_link", LinkSignIn(secret))
    for _ in range(5):
        assert await passwords.treat(link) is link
    for _ in range(2):
        await passwords.treat(given("sign_in_link", LinkSignIn("x")))
    assert await passwords.treat(link) is link


async def test_an_own_password_is_changed_by_who_knows_it(credentials: CredentialCache) -> None:
    """What goes on is the hash of the new one."""
    passwords = Passwords(credentials, 5)
    new = "an entirely new one"
    found = await passwords.treat(given("own_password", OwnPassword(PASSWORD, new), ANN))
    form = msgspec.json.decode(found.ask.body, type=OwnPassword)
    assert form.password == DONE
    assert is_password(form.new_password, new)
    with pytest.raises(Refused) as caught:
        await passwords.treat(given("own_password", OwnPassword("wrong", new), ANN))
    assert caught.value.status == 403


async def test_passwords_of_users_are_hashed(credentials: CredentialCache) -> None:
    """Of new ones, and of changed ones where there is one in the change."""
    passwords = Passwords(credentials, 5)
    added = await passwords.treat(given("add_user", UserForm("bob", PASSWORD, "admin", ("gate",))))
    user = msgspec.json.decode(added.ask.body, type=UserForm)
    assert (user.name, user.role, user.scope) == ("bob", "admin", ("gate",))
    assert is_password(user.password, PASSWORD)
    changed = await passwords.treat(given("change_user", UserChange(password=PASSWORD)))
    change = msgspec.json.decode(changed.ask.body, type=UserChange)
    assert (change.role, change.scope) == (None, "unchanged")
    assert is_password(change.password, PASSWORD)
    plain = given("change_user", UserChange(role="admin"))
    assert await passwords.treat(plain) is plain


async def test_few_may_wait_for_the_worker(credentials: CredentialCache) -> None:
    """The others are told to come again: argon2 is slow and large on purpose."""
    passwords, statuses = Passwords(credentials, 1000), []

    async def add() -> None:
        try:
            await passwords.treat(given("add_user", UserForm("bob", PASSWORD)))
        except Refused as refused:
            statuses.append(refused.status)

    async with trio.open_nursery() as nursery:
        for _ in range(WAITING_MAX + 4):
            nursery.start_soon(add)
    assert statuses == [503] * 4


async def test_without_a_store_nobody_can_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 after some patience, and it is no failed try of anybody's password."""
    monkeypatch.setattr("stages.http_parser.passwords._PATIENCE_S", 0.2)
    passwords = Passwords(CredentialCache(tmp_path / "nothing"), 1)
    for _ in range(3):
        with pytest.raises(Refused) as caught:
            await passwords.treat(given("sign_in", SignIn("ann", PASSWORD)))
        assert caught.value.status == 503
