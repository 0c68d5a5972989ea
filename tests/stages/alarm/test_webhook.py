"""Deliveries reach a webhook, whatever fails on the way and however often seda restarts."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from random import Random

import httpx
import pytest
import trio
import trio.testing

from stages.alarm import webhook
from stages.alarm.webhook import TIMEOUT_S, Channel, Courier
from store.deliveries import GIVE_UP_S, RETRY_S_MAX, compute_retry_s
from store.file.database import Store, Transaction, read
from tests.store.scripted import decide, find_break_in, open_store

Answer = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


class Duty:
    """A duty officer's server: notes what it is sent and answers as its script says, then 200."""

    def __init__(self, *answers: int | Exception | None) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []
        self.bodies: list[str] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; None never answers."""
        self.keys.append(request.headers["Idempotency-Key"])
        self.bodies.append(request.content.decode())
        answer = self.answers.pop(0) if self.answers else 200
        if answer is None:
            await trio.sleep_forever()
        if isinstance(answer, Exception):
            raise answer
        assert answer is not None
        return httpx.Response(answer)


def make_courier(store: Store, answer: Answer, channels: dict[str, Channel]) -> Courier:
    """Make a courier on trio's clock."""

    async def write(change: Callable[[Transaction], object]) -> object:
        await trio.lowlevel.checkpoint()
        result: object = store.write_one(trio.current_time(), change)
        return result

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Courier(write, channels, client, trio.current_time, Random(0))


def run(path: Path, duty: Duty, seconds: float, *, channel: str = "duty") -> float:
    """Run a courier over the store for some seconds; give trio's time at the last receipt."""

    async def main() -> float:
        with open_store(path) as store:
            channels = {channel: Channel("http://127.0.0.1:9/hook?key=hidden", (("X-Key", "k"),))}
            courier = make_courier(store, duty.answer, channels)
            with trio.move_on_after(seconds):
                await courier.run()
        with read(path) as tx:
            (row,) = tx.run("SELECT max(delivered_s) AS at_s FROM deliveries")
            return float(row["at_s"] or -1.0)

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def prepare(path: Path, alarms: int = 1) -> None:
    """Raise alarms at the time 0."""
    with open_store(path) as store:
        for n in range(alarms):
            decide(store, f"g-{n}", root=f"r{n}", at_s=0.0)


def receipts(path: Path) -> list[str]:
    """Read what is known of each delivery."""
    with read(path) as tx:
        rows = tx.run("SELECT receipt FROM deliveries ORDER BY delivery_id")
        return [row["receipt"] for row in rows]


def test_an_alarm_reaches_the_webhook_with_a_receipt(tmp_path: Path) -> None:
    """Once, with its facts, and what the peer answered is kept."""
    path, duty = tmp_path / "store", Duty()
    prepare(path)
    run(path, duty, 60.0)
    assert duty.keys == ["seda-1"]
    assert '"camera":"gate"' in duty.bodies[0]
    assert receipts(path) == ["200 OK"]
    assert find_break_in(path) is None


def test_a_failing_webhook_is_tried_again_until_it_answers(tmp_path: Path) -> None:
    """Errors, refusals and silence: the same message under the same key, later each time."""
    path = tmp_path / "store"
    duty = Duty(500, httpx.ConnectError("refused"), None, 404)
    prepare(path)
    delivered_s = run(path, duty, 300.0)
    assert duty.keys == ["seda-1"] * 5
    assert TIMEOUT_S + (1 + 2 + 4 + 8) / 2 <= delivered_s <= TIMEOUT_S + 1 + 2 + 4 + 8
    assert receipts(path) == ["200 OK"]


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    """What was due before the restart is delivered after it, and nothing twice."""
    path, duty = tmp_path / "store", Duty(500, 500)
    prepare(path)
    run(path, duty, 0.1)
    assert receipts(path) == ["it answered 500 Internal Server Error"]
    run(path, duty, 60.0)
    run(path, duty, 60.0)
    assert receipts(path) == ["200 OK"]
    assert len(duty.keys) == 3


def test_an_alarm_that_is_refused_for_good_does_not_hold_up_others(tmp_path: Path) -> None:
    """Messages of one alarm keep their order; alarms do not wait for each other."""
    path = tmp_path / "store"
    prepare(path, alarms=3)
    seen: list[str] = []

    async def refuse_first(request: httpx.Request) -> httpx.Response:
        key = request.headers["Idempotency-Key"]
        seen.append(key)
        return httpx.Response(400 if key == "seda-1" else 200)

    duty = Duty()
    duty.answer = refuse_first  # type: ignore[method-assign]  # this server's script
    run(path, duty, 20.0)
    assert {"seda-2", "seda-3"} <= set(seen)
    assert receipts(path)[1:] == ["200 OK", "200 OK"]


def test_a_delivery_is_given_up_after_a_day_and_that_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not try for ever, and does not stop in silence."""
    # Or else two days of looks, one every few seconds, are most of what this test does.
    monkeypatch.setattr(webhook, "IDLE_S", RETRY_S_MAX)
    path = tmp_path / "store"
    duty = Duty(*[503] * 2000)
    prepare(path)
    run(path, duty, 2 * GIVE_UP_S)
    tries = len(duty.keys)
    assert GIVE_UP_S / RETRY_S_MAX <= tries <= 3 * GIVE_UP_S / RETRY_S_MAX
    with read(path) as tx:
        (row,) = tx.run("SELECT kind, content FROM ledger ORDER BY number DESC LIMIT 1")
    assert row["kind"] == "delivery given up"
    assert "503" in row["content"]


@pytest.mark.parametrize(
    "channel",
    [
        Channel("http://127.0.0.1:9/", (("X-Key", "clé"),)),
        Channel("http://127.0.0.1:9/", (("é", "k"),)),
    ],
)
def test_no_delivery_ends_its_courier(tmp_path: Path, channel: Channel) -> None:
    """What nobody foresaw is a failed try of one message; those of other channels go on."""
    path, duty = tmp_path / "store", Duty()
    with open_store(path) as store:
        decide(store, "g-0", root="r0", at_s=0.0, channels=("broken", "duty"))

    async def main() -> None:
        with open_store(path) as store:
            good = Channel("http://127.0.0.1:9/")
            courier = make_courier(store, duty.answer, {"broken": channel, "duty": good})
            with trio.move_on_after(60.0):
                await courier.run()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    broken, good = receipts(path)
    assert "UnicodeEncodeError" in broken
    assert "é" not in broken
    assert good == "200 OK"


def test_a_channel_that_is_gone_is_said_and_kept(tmp_path: Path) -> None:
    """A delivery to a channel that was taken out of the configuration waits and says why."""
    path, duty = tmp_path / "store", Duty()
    prepare(path)
    run(path, duty, 5.0, channel="other")
    assert "not configured any more" in receipts(path)[0]
    run(path, duty, 60.0)
    assert receipts(path) == ["200 OK"]


def test_a_new_alarm_is_delivered_when_the_courier_is_woken(tmp_path: Path) -> None:
    """Without waiting for the next look at the outbox."""
    path, duty = tmp_path / "store", Duty()

    async def main() -> None:
        with open_store(path) as store:
            courier = make_courier(store, duty.answer, {"duty": Channel("http://127.0.0.1:9/")})
            async with trio.open_nursery() as nursery:
                nursery.start_soon(courier.run)
                await trio.sleep(1.0)
                decide(store, at_s=trio.current_time())
                courier.wake()
                await trio.sleep(0.1)
                assert duty.keys == ["seda-1"]
                nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def test_retries_back_off_up_to_a_limit() -> None:
    """Doubling, with chance, and never longer than the limit."""
    random = Random(1)
    for attempts in (0, 1, 5, 8, 9, 1000):
        longest_s = min(RETRY_S_MAX, 2.0**attempts)
        assert all(
            longest_s / 2 <= compute_retry_s(attempts, random) <= longest_s for _ in range(20)
        )
