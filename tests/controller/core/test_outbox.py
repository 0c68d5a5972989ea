"""The outbox: windows, order, and what is submitted again."""

from hypothesis import given
from hypothesis import strategies as st

from controller.core.outbox import Outbox
from seda.messages import Event, Payload
from seda.protocol import Window
from testing.controllers.world import event

WINDOW = Window(4, 1000, 6)
steps = st.lists(st.sampled_from(["put", "settle", "down", "up"]), max_size=80)


@given(steps)
def test_nothing_is_lost_and_order_holds_whatever_the_link_does(taken: list[str]) -> None:
    """Each link gets what is unsettled in order, before anything newer, within its window."""
    box = Outbox()
    unsettled: list[str] = []
    on_this_link: list[str] = []
    settled: set[str] = set()
    number = 0
    for step in taken:
        if step == "put":
            box.put(event(number, payloads=(Payload("memory", 100),)))
            unsettled.append(f"gate:e:{number}")
            number += 1
        elif step == "settle" and on_this_link:
            event_id = on_this_link.pop(0)
            assert box.settle(event_id)
            unsettled.remove(event_id)
            settled.add(event_id)
        elif step == "down":
            box.close()
            on_this_link.clear()
        elif step == "up":
            box.open(WINDOW)
            on_this_link.clear()
        on_this_link += [e.id for e in box.take_submittable()]
        assert on_this_link == unsettled[: len(on_this_link)]
        assert len(on_this_link) <= WINDOW.events
        assert len(box) == len(unsettled)


def test_the_window_bounds_bytes_and_descriptors() -> None:
    """A few large events fill a window as well as many small ones."""
    box = Outbox()
    box.open(WINDOW)
    for number in range(4):
        box.put(event(number, payloads=(Payload("memory", 400),)))
    assert len(box.take_submittable()) == 2
    small = Outbox()
    small.open(WINDOW)
    for number in range(4):
        small.put(event(number, payloads=(Payload("memory", 1),) * 3))
    assert len(small.take_submittable()) == 2


def test_one_event_alone_goes_however_large() -> None:
    """An event beyond the window's bytes would otherwise wait for ever."""
    box = Outbox()
    box.open(WINDOW)
    box.put(event(0, payloads=(Payload("memory", 10_000),)))
    assert len(box.take_submittable()) == 1


def test_a_fact_replaces_the_one_that_waits() -> None:
    """Of a key only the newest fact is kept, and the replaced one is named for closing."""
    box = Outbox()
    assert box.replace(event(1)) is None
    assert box.replace(event(2)) == "gate:e:1"
    assert box.replace(event(1, "yard")) is None
    box.open(WINDOW)
    assert [e.id for e in box.take_submittable()] == ["gate:e:2", "yard:e:1"]


def test_what_lost_its_descriptors_is_sent_again_while_unsettled() -> None:
    """Only what is still submitted is sent once more."""
    box = Outbox()
    box.open(WINDOW)
    box.put(event(0))
    box.take_submittable()
    assert [e.id for e in box.take_again(("gate:e:0", "gate:e:9"))] == ["gate:e:0"]


def test_what_waits_is_bounded_by_bytes_and_descriptors_too() -> None:
    """A few large outputs that wait are as much as many small ones: no more should be made."""
    for payload, count in ((Payload("memory", 400), 1), (Payload("memory", 1), 3)):
        box = Outbox()
        box.open(WINDOW)
        box.put(event(0, payloads=(payload,) * 6))
        box.take_submittable()
        seen = [box.is_behind]
        for number in range(1, 4):
            box.put(event(number, payloads=(payload,) * count))
            assert not box.take_submittable()
        assert box.waiting < WINDOW.events
        seen.append(box.is_behind)
        box.settle("gate:e:0")
        box.take_submittable()
        seen.append(box.is_behind)
        assert seen == [False, True, False]


def fresh(key: str, born_s: float) -> Event:
    """Return a perishable output that came from its camera then."""
    return event(int(born_s * 10), key, born_s=born_s, payloads=(Payload("memory", 100),))


def test_what_waits_gives_way_to_what_came_much_later() -> None:
    """In its place, so that whoever sends more does not go behind; the newest is never dropped."""
    box = Outbox()
    for born_s in (1.0, 3.0):
        for key in "ab":
            assert box.put_fresh(fresh(key, born_s), 3.0) == []
    assert box.put_fresh(fresh("a", 5.0), 3.0) == [fresh("a", 1.0)]
    assert box.put_fresh(fresh("a", 9.0), 3.0) == [fresh("a", 3.0), fresh("a", 5.0)]
    box.open(WINDOW)
    taken = box.take_submittable()
    assert [(e.key, e.born_s) for e in taken] == [("a", 9.0), ("b", 1.0), ("b", 3.0)]
    for left in taken:
        assert box.settle(left.id)
    assert (len(box), box.descriptors, box.is_behind) == (0, 0, False)


def test_what_was_submitted_and_what_was_born_never_does_not_give_way() -> None:
    """The successor has the one, and the other is nobody's present."""
    box = Outbox()
    box.open(WINDOW)
    box.put_fresh(fresh("a", 1.0), 3.0)
    assert box.take_submittable() == [fresh("a", 1.0)]
    box.put_fresh(fresh("b", 0.0), 3.0)
    assert box.put_fresh(fresh("a", 9.0), 3.0) == box.put_fresh(fresh("b", 9.0), 3.0) == []
    assert len(box) == 4
