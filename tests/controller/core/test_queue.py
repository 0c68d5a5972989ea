"""The fair queue: order in a key, fairness between keys, who has to go."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.core.item import Item
from controller.core.queue import FairQueue
from seda.messages import Event
from testing.controllers.world import event

events = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 2), st.floats(0.1, 20)), max_size=60
)


def fill(drawn: list[tuple[str, int, float]]) -> FairQueue:
    """Return a queue that holds these events."""
    queue = FairQueue()
    for number, (key, priority, units) in enumerate(drawn):
        queue.put(Item(event(number, key, priority=priority, units=units), 1, 0.0))
    return queue


def drain(queue: FairQueue) -> list[Event]:
    """Return everything in the order in which it is served."""
    served = []
    while (item := queue.take(lambda _: True, 0.0)) is not None:
        served.append(item.event)
    return served


@given(events)
def test_everything_comes_out_once_in_order_within_its_key(
    drawn: list[tuple[str, int, float]],
) -> None:
    """Per key the higher priority first, then first in first out; nothing lost or doubled (R13)."""
    served = drain(fill(drawn))
    assert len(served) == len({e.id for e in served}) == len(drawn)
    for key in "abcd":
        mine = [(-e.priority, int(e.id.rsplit(":", 1)[1])) for e in served if e.key == key]
        assert mine == sorted(mine)


@given(events)
def test_the_counts_follow_what_is_inside(drawn: list[tuple[str, int, float]]) -> None:
    """Events, bytes and descriptors return to nothing when the queue is drained."""
    queue = fill(drawn)
    assert len(queue) == len(drawn)
    drain(queue)
    assert (queue.events, queue.size_bytes, queue.descriptors) == (0, 0, 0)


@given(st.lists(st.floats(0.1, 8.0), min_size=4, max_size=4), st.integers(60, 200))
def test_keys_that_always_wait_are_served_equal_work(units: list[float], rounds: int) -> None:
    """Whatever one event of a key costs, keys get equal work, up to two events of the largest."""
    queue = FairQueue()
    for number in range(4 * rounds * 10):
        place = number % 4
        queue.put(Item(event(number, "abcd"[place], units=units[place]), 1, 0.0))
    work: Counter[str] = Counter()
    for _ in range(rounds):
        item = queue.take(lambda _: True, 0.0)
        assert item is not None
        work[item.event.key] += item.event.units  # type: ignore[assignment]
    assert max(work.values()) - min(work[key] for key in "abcd") <= 2 * max(units) + 2


def test_a_key_that_may_not_be_served_is_passed_over() -> None:
    """A busy key does not hold up the others, and keeps its place."""
    queue = fill([("a", 0, 1.0), ("b", 0, 1.0)])
    item = queue.take(lambda item: item.event.key != "a", 0.0)
    assert item is not None
    assert item.event.key == "b"
    assert queue.take(lambda item: item.event.key != "a", 0.0) is None
    assert len(queue) == 1


def test_the_victim_is_of_the_key_that_used_most() -> None:
    """A key that was served a lot gives way before one that only asks now, whoever knocks (R11)."""
    queue = FairQueue()
    for number in range(20):
        queue.put(Item(event(number, "greedy"), 1, 0.0))
    for _ in range(19):
        queue.take(lambda _: True, 0.0)
    queue.put(Item(event(0, "modest"), 1, 0.0))
    victim = queue.take_victim(lambda _: True, 0.0)
    assert victim is not None
    assert victim.event.key == "greedy"


def test_what_was_used_long_ago_is_forgotten() -> None:
    """Service fades: the key with more waiting now is the one above its share."""
    queue = FairQueue()
    for number in range(20):
        queue.put(Item(event(number, "once"), 1, 0.0))
    for _ in range(19):
        queue.take(lambda _: True, 0.0)
    for number in range(3):
        queue.put(Item(event(number, "now"), 1, 0.0))
    victim = queue.take_victim(lambda _: True, 1000.0)
    assert victim is not None
    assert victim.event.key == "now"


def test_the_memory_of_service_outlives_any_length_of_time() -> None:
    """Monotonic clocks start anywhere and pauses last for days."""
    queue = FairQueue()
    for now_s in (1e6, 1e6 + 1, 1e6 + 200, 1e9):
        queue.put(Item(event(int(now_s)), 1, now_s))
        assert queue.take(lambda _: True, now_s) is not None
    queue.put(Item(event(1, "a"), 1, 1e9))
    queue.put(Item(event(2, "gate"), 1, 1e9))
    victim = queue.take_victim(lambda _: True, 1e9)
    assert victim is not None
    assert victim.event.key == "gate"


def test_in_a_key_the_least_threat_goes_then_the_oldest() -> None:
    """Unscored events count as their camera's latest threat (R33)."""
    queue = FairQueue()
    for number, threat in enumerate((0.9, None, 0.2, 0.2)):
        queue.put(Item(event(number, threat=threat), 1, 0.0))
    queue.note_threat("gate", 0.5)
    gone = [queue.take_victim(lambda _: True, 0.0) for _ in range(4)]
    assert [item.event.id for item in gone if item] == [
        "gate:e:2",
        "gate:e:3",
        "gate:e:1",
        "gate:e:0",
    ]


def test_keys_that_hold_nothing_are_forgotten() -> None:
    """A flood of new keys does not stay in memory."""
    queue = fill([(str(number), 0, 1.0) for number in range(100)])
    drain(queue)
    queue.forget_idle_keys(0.0)
    assert len(queue._lanes) == 100
    queue.forget_idle_keys(1000.0)
    assert not queue._lanes


def test_an_item_put_back_is_the_first_of_its_key_again() -> None:
    """What is repeated goes before what came later."""
    queue = fill([("a", 0, 1.0), ("a", 0, 1.0)])
    first = queue.take(lambda _: True, 0.0)
    assert first is not None
    queue.put(first)
    assert queue.take(lambda _: True, 0.0) is first


def queued(key: str, number: int, at_s: float = 0.0, units: float = 1.0) -> Item:
    """Return an item that came at a time."""
    return Item(event(number, key, units=units), 1, at_s)


def take_one(queue: FairQueue, now_s: float = 0.0) -> Item:
    """Take what is next."""
    item = queue.take(lambda _: True, now_s)
    assert item is not None
    return item


@settings(max_examples=25)
@given(st.dictionaries(st.sampled_from("abcd"), st.floats(1, 50), min_size=2))
def test_keys_that_always_wait_get_equal_seconds(cost: dict[str, float]) -> None:
    """What an event of a key takes is learned from its calls, and keys get equal time (R24)."""
    queue = FairQueue()
    for number in range(600):
        for key in cost:
            queue.put(queued(key, number))
    spent: Counter[str] = Counter()
    while max(spent.values(), default=0) < 10 * max(cost.values()):
        item = take_one(queue)
        spent[item.event.key] += cost[item.event.key]  # type: ignore[assignment]
        queue.charge(item, cost[item.event.key], 0.0)
    assert max(spent.values()) - min(spent[key] for key in cost) <= 3 * max(cost.values()) + 2


def test_what_a_key_owes_outlasts_an_empty_lane() -> None:
    """A key whose one event took long comes behind the others with its next, for a while."""
    queue = FairQueue()
    queue.put(queued("bomb", 1))
    queue.charge(take_one(queue), 1000.0, 0.0)
    for number in range(2, 12):
        queue.put(queued("bomb", number, 1.0))
        queue.put(queued("good", number, 1.0))
    assert [take_one(queue, 1.0).event.key for _ in range(10)] == ["good"] * 10


def test_what_a_key_owes_is_forgotten() -> None:
    """An hour later it is served as any other."""
    queue = FairQueue()
    queue.put(queued("bomb", 1))
    queue.charge(take_one(queue), 1000.0, 0.0)
    queue.forget_idle_keys(3600.0)
    for number in range(2, 30):
        queue.put(queued("bomb", number, 3600.0))
        queue.put(queued("good", number, 3600.0))
    assert {take_one(queue, 3600.0).event.key for _ in range(20)} == {"bomb", "good"}


def test_who_takes_far_longer_than_others_is_slow() -> None:
    """One long call is enough, and ordinary ones make it ordinary again."""
    queue = FairQueue()
    first = queued("a", 0)
    assert not queue.is_slow(first)
    for number, cost in enumerate((100.0, *[1.0] * 8)):
        for key in ("a", "b", "c"):
            queue.put(queued(key, number))
            item = take_one(queue)
            queue.charge(item, cost if key == "a" else 1.0, 0.0)
        queue.note_ordinary()
        assert number > 0 or queue.is_slow(first)
    assert not queue.is_slow(first)
    assert queue.is_slow(queued("unheard of", 0, units=20.0))


def test_who_was_served_more_than_the_others_is_over_its_share() -> None:
    """By what it took, and not for ever."""
    queue = FairQueue()
    for key, cost in (("bomb", 50.0), ("a", 1.0), ("b", 1.0)):
        queue.put(queued(key, 1))
        queue.charge(take_one(queue), cost, 0.0)
    assert [queue.is_over_share(key) for key in ("bomb", "a", "nobody")] == [True, False, False]
    for number in range(80):
        queue.put(queued("a", number, 60.0))
        take_one(queue, 60.0)
    assert not queue.is_over_share("bomb")


def test_what_is_old_gives_way_to_a_newer_one_of_its_key() -> None:
    """The newest of a key stays however old it is, and the counts follow."""
    queue = FairQueue()
    for number, (key, at_s) in enumerate((("a", 0.0), ("a", 1.0), ("a", 9.0), ("b", 0.0))):
        queue.put(queued(key, number, at_s))
    gone = queue.take_overtaken(lambda item: item.arrived_s < 5.0)
    assert [item.arrived_s for item in gone] == [0.0, 1.0]
    assert [take_one(queue).event.key for _ in range(2)] == ["a", "b"]
    assert (queue.events, queue.size_bytes, queue.descriptors) == (0, 0, 0)


def test_one_key_that_waits_long_does_not_make_the_usual_wait_long() -> None:
    """The middle one counts, those that wait for nothing among them."""
    queue = FairQueue()
    queue.put(queued("bomb", 1, 0.0))
    for number in range(3):
        queue.put(queued(f"good{number}", number, 9.0))
    assert queue.typical_wait_s(10.0, lambda _: True) == 1.0
    assert queue.typical_wait_s(10.0, lambda _: False) == 0.0
    for _ in range(4):
        take_one(queue, 10.0)
    assert queue.typical_wait_s(10.0, lambda _: True) == 0.0
