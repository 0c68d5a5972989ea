"""What is told to whom: the newest of each key, once, and nothing out of scope."""

import re

from hypothesis import given
from hypothesis import strategies as st

from stages.live.change_log import OVER_KEPT, Audience, ChangeLog, event

ALL = Audience(None, is_supervisor=True)
SPOTTER = Audience(None, is_supervisor=False)
GATE = Audience(frozenset({"gate"}), is_supervisor=False)


def _told(content: bytes) -> list[tuple[str, str]]:
    """Return names and contents of events, as a browser would split them."""
    found = re.findall(r"event: (.*)\ndata: (.*)\n\n", content.decode())
    return [(name, data) for name, data in found]


def _tile(change_log: ChangeLog, camera: str, words: str) -> None:
    change_log.put(f"tile/{camera}", event("tile", f'"{camera} {words}"'.encode()), camera)


def test_a_new_subscriber_gets_the_whole_picture() -> None:
    """All tiles, and how much waits."""
    change_log = ChangeLog()
    _tile(change_log, "gate", "live")
    _tile(change_log, "yard", "dark")
    change_log.put_waiting("gate", 3)
    told = _told(change_log.since(SPOTTER, 0))
    assert told == [("tile", '"gate live"'), ("tile", '"yard dark"'), ("waiting", "3")]


def test_afterwards_it_gets_what_changed() -> None:
    """Nothing where nothing did."""
    change_log = ChangeLog()
    _tile(change_log, "gate", "live")
    version = change_log.version
    _tile(change_log, "gate", "live")
    assert change_log.since(SPOTTER, version) == b""
    _tile(change_log, "gate", "dark")
    assert _told(change_log.since(SPOTTER, version)) == [("tile", '"gate dark"')]


def test_nothing_is_told_of_a_camera_outside_the_scope() -> None:
    """Neither its tile nor how many of its frames wait; what is about no camera is for all."""
    change_log = ChangeLog()
    _tile(change_log, "gate", "live")
    _tile(change_log, "yard", "live")
    change_log.put("watch", event("watch", b"{}"))
    change_log.put_waiting("gate", 1)
    change_log.put_waiting("yard", 5)
    assert _told(change_log.since(GATE, 0)) == [
        ("tile", '"gate live"'),
        ("watch", "{}"),
        ("waiting", "1"),
    ]


def test_a_common_cause_waits_once_however_many_cameras_have_it() -> None:
    """And for whoever may see one of them (R30)."""
    change_log = ChangeLog()
    for number in range(200):
        change_log.put_waiting(f"cam{number}", 0, "light-1")
    change_log.put_waiting("gate", 2, "light-1")
    change_log.put_waiting("yard", 1, "light-2")
    assert change_log.waiting(ALL) == 3 + 2
    assert change_log.waiting(GATE) == 2 + 1
    change_log.put_waiting("gate", 2)
    assert change_log.waiting(GATE) == 2


def test_trouble_is_for_supervisors() -> None:
    """Spotters can do nothing about a stage."""
    change_log = ChangeLog()
    change_log.put("trouble/anomaly", event("trouble", b"{}"), is_for_supervisors=True)
    assert _told(change_log.since(SPOTTER, 0)) == [("waiting", "0")]
    assert ("trouble", "{}") in _told(change_log.since(ALL, 0))


def test_what_is_over_is_told_to_those_who_may_have_it_alone() -> None:
    """A resolved alarm has to leave the pages, and is on no new one."""
    change_log = ChangeLog()
    change_log.put("alarm/1", event("alarm", b'"raised"'))
    version = change_log.version
    change_log.put("alarm/1", event("alarm", b'"resolved"'), is_over=True)
    assert _told(change_log.since(SPOTTER, version)) == [("alarm", '"resolved"')]
    assert _told(change_log.since(SPOTTER, 0)) == [("waiting", "0")]


def test_what_is_over_does_not_pile_up() -> None:
    """The store has it; here the newest are kept, and what goes on again is not forgotten."""
    change_log = ChangeLog()
    for number in range(OVER_KEPT + 10):
        change_log.put(f"alarm/{number}", event("alarm", b"%d" % number), is_over=True)
    change_log.put("alarm/20", event("alarm", b'"again"'))
    for number in range(1000, 1000 + OVER_KEPT):
        change_log.put(f"alarm/{number}", event("alarm", b"%d" % number), is_over=True)
    assert len(_told(change_log.since(SPOTTER, 1))) == OVER_KEPT + 1  # and `again`
    assert ("alarm", '"again"') in _told(change_log.since(SPOTTER, 0))


def test_those_who_may_see_the_same_get_the_same_bytes() -> None:
    """Serialised once for all of them (R26): five hundred subscribers are five hundred writes."""
    change_log = ChangeLog()
    _tile(change_log, "gate", "live")
    assert change_log.since(SPOTTER, 0) is change_log.since(Audience(None, is_supervisor=False), 0)


_CAMERAS = st.sampled_from(["gate", "yard", "dock"])
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), _CAMERAS, st.integers(0, 3)),
        st.tuples(st.just("wait"), _CAMERAS, st.integers(0, 3)),
        st.tuples(st.just("read"), st.just(""), st.integers(0, 1)),
    )
)


@given(_STEPS)
def test_however_slowly_somebody_reads_they_end_with_the_newest_of_all(
    steps: list[tuple[str, str, int]],
) -> None:
    """Whatever they skip meanwhile, and whoever else reads."""
    change_log, versions = ChangeLog(), [0, 0]
    seen: list[dict[str, str]] = [{}, {}]
    newest: dict[str, str] = {}

    def read(reader: int) -> None:
        for name, data in _told(change_log.since(ALL, versions[reader])):
            key = data.strip('"').split()[0] if name == "tile" else name
            seen[reader][key] = data
        versions[reader] = change_log.version

    waiting: dict[str, int] = {}
    for what, camera, number in steps:
        if what == "put":
            _tile(change_log, camera, str(number))
            newest[camera] = f'"{camera} {number}"'
        elif what == "wait":
            change_log.put_waiting(camera, number)
            waiting[camera] = number
        else:
            read(number)
    for reader in (0, 1):
        read(reader)
        total = seen[reader].pop("waiting", "0")
        assert int(total) == sum(waiting.values())
        assert seen[reader] == newest
