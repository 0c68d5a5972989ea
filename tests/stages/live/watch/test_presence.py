"""Pages that come, go and come again; people on watch by them."""

from seda.requests import Person
from stages.live.now import Now
from stages.live.watch.presence import GRACE_S, Presence, page_key
from testing.messages.asking import person

ANN, BEN = person("ann"), person("ben")


def _at(now_s: float) -> Now:
    return Now(now_s, 1e9 + now_s)


def _arrive(
    presence: Presence, page: str, who: Person, at_s: float, *, watching: bool = True
) -> bool:
    return presence.arrive(page, who, _at(at_s), is_watching=watching)


def _names(presence: Presence) -> list[str]:
    return [watcher.name for watcher in presence.watchers()]


def test_a_person_is_on_watch_by_a_page_that_watches() -> None:
    """Since it began; a page that only looks on counts nothing."""
    presence = Presence()
    _arrive(presence, "a", ANN, 5)
    _arrive(presence, "b", BEN, 6, watching=False)
    [ann] = presence.watchers()
    assert (ann.name, ann.since_s) == ("ann", 1e9 + 5)


def test_a_page_that_comes_back_in_time_was_never_gone() -> None:
    """It was loaded anew, or its stream came to its age: the watch goes on."""
    presence = Presence()
    _arrive(presence, "a", ANN, 0)
    presence.leave("a", _at(10))
    assert presence.due_s() == 10 + GRACE_S
    _arrive(presence, "a", ANN, 10 + GRACE_S / 2)
    assert presence.due_s() is None
    assert presence.take_gone(_at(100)) == []
    assert presence.watchers()[0].since_s == 1e9


def test_a_page_that_does_not_come_back_is_gone() -> None:
    """Once, and with it its person, unless another page of theirs watches."""
    presence = Presence()
    _arrive(presence, "a", ANN, 0)
    _arrive(presence, "b", ANN, 1)
    _arrive(presence, "c", BEN, 2)
    presence.leave("a", _at(10))
    presence.leave("c", _at(10))
    assert presence.take_gone(_at(10 + GRACE_S / 2)) == []
    assert presence.take_gone(_at(10 + GRACE_S)) == ["a", "c"]
    assert presence.take_gone(_at(99)) == []
    assert _names(presence) == ["ann"]
    assert presence.watchers()[0].since_s == 1e9


def test_a_page_that_looks_on_instead_has_left_the_watch() -> None:
    """It was hidden: its frames go back, though it is still there."""
    presence = Presence()
    assert not _arrive(presence, "a", ANN, 0)
    assert _arrive(presence, "a", ANN, 1, watching=False)
    assert _names(presence) == []
    assert presence.expects("a")


def test_pages_are_told_apart_by_their_sessions() -> None:
    """Who borrows a page's name is another page all the same."""
    presence = Presence()
    one, two = page_key("one", "page"), page_key("two", "page")
    _arrive(presence, one, ANN, 0)
    _arrive(presence, two, BEN, 0)
    assert presence.expects(one)
    assert presence.expects(two)
    assert not presence.expects("page")
    presence.leave(two, _at(1))
    assert presence.take_gone(_at(9)) == [two]


def test_signing_out_ends_all_pages_of_the_session_at_once() -> None:
    """Or all of the person's."""
    presence = Presence()
    _arrive(presence, "a", ANN, 0)
    _arrive(presence, "b", Person("ann", "spotter", session="other"), 0)
    _arrive(presence, "c", BEN, 0)
    assert presence.sign_out("ann", "other") == ["b"]
    assert presence.sign_out("ann", "") == ["a"]
    assert _names(presence) == ["ben"]
