"""Who has a place, and who loses it."""

from hypothesis import given
from hypothesis import strategies as st

from conf.schema import Web
from http_common.connection_quota import ConnectionQuota, Limits

LIMITS = Limits(places=16, strangers=12, of_address=4, of_network=6)
ADDRESSES = ("10.0.0.1", "10.0.0.2", "8.8.8.1", "8.8.8.2", "fd00::1", "fd00::2", "fd00::3")
PEOPLE = ("", "", "ann", "bob")


def test_the_slowest_of_an_address_goes_then_of_its_network_then_of_all() -> None:
    """The first who came and has not got on; others' are left alone where one has too many."""
    quota: ConnectionQuota[int] = ConnectionQuota(LIMITS)
    assert quota.come(0, "10.0.0.1") == []
    assert [quota.come(number, "fd00::1") for number in range(1, 6)] == [[], [], [], [], [1]]
    assert [quota.come(number, "fd00::2") for number in range(6, 9)] == [[], [], [2]]
    assert [quota.come(number, f"10.0.1.{number}") for number in range(9, 14)] == [[]] * 5
    assert quota.come(14, "10.0.2.1") == [0]


def test_who_gets_on_is_the_last_to_go() -> None:
    """What is counted is how long somebody takes, not how long they are here."""
    quota: ConnectionQuota[int] = ConnectionQuota(LIMITS)
    for number in range(4):
        quota.come(number, "10.0.0.1")
    quota.renew(0)
    assert quota.come(4, "10.0.0.1") == [1]


def test_what_waits_for_us_is_nobodys_to_end() -> None:
    """And where all do, a newcomer has to wait, or is turned away."""
    quota: ConnectionQuota[int] = ConnectionQuota(Limits(2, 2, 2, 2))
    for number in range(2):
        quota.come(number, "10.0.0.1")
        quota.settle(number)
    assert not quota.has_place
    assert quota.come(2, "10.0.0.2") == [2]
    quota.leave(0)
    assert quota.has_place


def test_who_signs_in_has_a_place_among_people() -> None:
    """From then on no stranger takes it; who signs out is a stranger again."""
    quota: ConnectionQuota[int] = ConnectionQuota(Limits(4, 3, 2, 2))
    quota.come(0, "10.0.0.1")
    assert quota.meet(0, "ann") == []
    assert [quota.come(number, "10.0.0.1") for number in range(1, 4)] == [[], [], [1]]
    assert quota.meet(0, "") == [2]
    assert quota.come(4, "10.0.0.1") == [3]


def test_of_people_the_one_with_most_gives_way() -> None:
    """Their connection that came first."""
    quota: ConnectionQuota[int] = ConnectionQuota(Limits(8, 6, 8, 8))
    quota.come(0, "10.0.0.1", "ann")
    lost = [quota.come(number, "10.0.0.1", "bob") for number in range(1, 9)]
    assert lost == [[], [], [], [], [], [], [1], [2]]


def test_an_address_of_a_proxy_says_nothing() -> None:
    """Many are behind it."""
    quota: ConnectionQuota[int] = ConnectionQuota(LIMITS)
    assert all(quota.come(number, "fd00::1", is_proxy=True) == [] for number in range(12))
    assert quota.come(12, "fd00::1", is_proxy=True) == [0]


def test_there_is_always_a_place_for_either() -> None:
    """However few there are."""
    for count in range(1, 20):
        limits = Limits.of(Web(), count)
        assert 1 <= limits.strangers <= limits.places
        assert 1 <= limits.people <= limits.places


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["come", "meet", "settle", "renew", "leave"]),
            st.integers(0, 40),
            st.sampled_from(ADDRESSES),
            st.sampled_from(PEOPLE),
        ),
        max_size=200,
    )
)
def test_no_stranger_costs_a_person_their_place(
    steps: list[tuple[str, int, str, str]],
) -> None:
    """Whatever comes in whatever order: bounds hold, and nothing is left of who has gone."""
    quota: ConnectionQuota[int] = ConnectionQuota(LIMITS)
    held: dict[int, str] = {}
    settled: set[int] = set()
    for step, member, address, person in steps:
        lost: list[int] = []
        is_here = member in held
        if step == "come" and not is_here:
            lost = quota.come(member, address, person)
            held[member] = person
        elif step == "meet" and is_here and member not in settled:
            lost = quota.meet(member, person)
            held[member] = person
        elif step == "settle" and is_here:
            quota.settle(member)
            settled.add(member)
        elif step == "renew":
            quota.renew(member)
        elif step == "leave":
            quota.leave(member)
            held.pop(member, None)
            settled.discard(member)
        for one in lost:
            assert person or not held[one]
            assert held[one] or one not in settled
            del held[one]
            settled.discard(one)
        assert quota.held == len(held) == len(quota._holdings)
        assert len(held) <= LIMITS.places or not any(
            not whose and one not in settled for one, whose in held.items()
        )
    for member in list(held):
        quota.leave(member)
    assert not quota._strangers._groups
    assert not quota._people._groups
