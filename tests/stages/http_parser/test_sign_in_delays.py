"""How long somebody waits who could not sign in."""

from stages.http_parser.sign_in_delays import (
    ADDRESS_WAIT_MAX_S,
    FORGET_S,
    NAME_WAIT_MAX_S,
    SUBJECTS_MAX,
    SignInDelays,
)


def test_after_some_failures_each_waits_twice_as_long() -> None:
    """One second, two, four; not for ever."""
    delays, now_s, waits = SignInDelays(3), 0.0, []
    for _ in range(16):
        wait_s = delays.wait_s("ann", "1.1.1.1", now_s)
        waits.append(wait_s)
        now_s += wait_s
        delays.begin("ann", "1.1.1.1", now_s)
    assert waits[:7] == [0, 0, 0, 1, 2, 4, 8]
    assert max(waits) == ADDRESS_WAIT_MAX_S


def test_an_address_waits_whoever_it_says_it_is() -> None:
    """And a name wherever it is said, but never long: anybody can make it wait."""
    delays = SignInDelays(1)
    for number in range(20):
        delays.begin(f"user{number}", "1.1.1.1", 0.0)
        delays.begin("ann", f"2.2.2.{number}", 0.0)
    assert delays.wait_s("bob", "1.1.1.1", 0.0) == ADDRESS_WAIT_MAX_S
    assert delays.wait_s("ann", "3.3.3.3", 0.0) == NAME_WAIT_MAX_S
    assert delays.wait_s("bob", "3.3.3.3", 0.0) == 0


def test_who_signs_in_starts_anew_but_their_address_does_not() -> None:
    """Or whoever has an account could try others' passwords in between."""
    delays = SignInDelays(2)
    for _ in range(3):
        delays.begin("ann", "1.1.1.1", 0.0)
    delays.begin("bob", "1.1.1.1", 100.0)
    delays.succeed("bob", "1.1.1.1")
    assert delays.wait_s("bob", "9.9.9.9", 100.0) == 0
    assert delays.wait_s("bob", "1.1.1.1", 100.0) > 0


def test_failures_are_forgotten() -> None:
    """After an hour without one."""
    delays = SignInDelays(1)
    for _ in range(30):
        delays.begin("ann", "1.1.1.1", 0.0)
    assert delays.wait_s("ann", "1.1.1.1", FORGET_S) == 0


def test_what_is_remembered_is_bounded() -> None:
    """An attacker with many names makes us forget the oldest, not grow."""
    delays = SignInDelays(1)
    for number in range(SUBJECTS_MAX + 10):
        delays.begin(f"user{number}", "1.1.1.1", 0.0)
    assert sum(map(len, delays._names._levels)) == SUBJECTS_MAX


def test_names_that_are_tried_once_push_out_none_that_is_guessed_at() -> None:
    """Or whoever invents enough of them could guess on."""
    delays = SignInDelays(2)
    for _ in range(2):
        delays.begin("ann", "1.1.1.1", 0.0)
    for number in range(SUBJECTS_MAX + 10):
        delays.begin(f"user{number}", f"address {number}", 0.0)
    assert delays.wait_s("ann", "2.2.2.2", 0.0) > 0


def test_who_has_signed_in_before_waits_for_no_stranger() -> None:
    """Neither for the name nor for the address; they have failures of their own."""
    delays = SignInDelays(1)
    for number in range(20):
        delays.begin("ann", "1.1.1.1", 0.0)
        delays.begin("ann", f"2.2.2.{number}", 0.0)
    assert delays.wait_s("ann", "1.1.1.1", 0.0, "ann's browser") == 0
    for _ in range(20):
        delays.begin("ann", "1.1.1.1", 0.0, "ann's browser")
    assert delays.wait_s("ann", "1.1.1.1", 0.0, "ann's browser") == NAME_WAIT_MAX_S
    assert delays.wait_s("ann", "1.1.1.1", 0.0, "another of hers") == 0


def test_a_known_browser_gives_strangers_no_new_tries() -> None:
    """Whoever waits for their guesses waits on when the right one comes."""
    delays = SignInDelays(1)
    for _ in range(20):
        delays.begin("ann", "2.2.2.2", 0.0)
    delays.begin("ann", "1.1.1.1", 0.0, "ann's browser")
    delays.succeed("ann", "1.1.1.1", "ann's browser")
    assert delays.wait_s("ann", "3.3.3.3", 0.0) == NAME_WAIT_MAX_S


def test_many_at_once_are_as_many() -> None:
    """A try counts from when it begins: none slips through while the first is being checked."""
    delays = SignInDelays(2)
    begun = 0
    while delays.wait_s("ann", "1.1.1.1", 0.0) == 0:
        delays.begin("ann", "1.1.1.1", 0.0)
        begun += 1
    assert begun == 2
