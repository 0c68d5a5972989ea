"""Backoff, capture times and redaction."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf.addresses import split_credentials
from media.cut.pieces import Piece
from media.cut.stamps import read_http_date, read_stamp
from stages.camera.backoff import BOUNDS, Backoff
from stages.camera.capture import BELIEVED_S, CaptureClock
from stages.camera.faults import Fault, of_status
from stages.camera.redact import redact, scrub, secrets_of

PASSING = Fault("silence", "Nothing came.")


def test_a_camera_just_lost_is_tried_within_two_seconds() -> None:
    """Back after 10 s, it is seen again within 5 s."""
    backoff = Backoff(random.Random(3))
    now_s = 0.0
    while now_s < 25:
        wait_s = backoff.wait_s(PASSING, now_s, 0.0)
        assert wait_s <= 2
        now_s += wait_s + 0.01


@given(st.integers(), st.sampled_from(sorted(BOUNDS)))
def test_waits_are_bounded_for_ever(seed: int, kind: str) -> None:
    """However long it lasts, a wait is at most the cap, and some wait is near it."""
    backoff = Backoff(random.Random(seed))
    fault = Fault("x", "y.", kind)  # type: ignore[arg-type]  # drawn from the kinds
    now_s, waits = 0.0, []
    for _ in range(200):
        waits.append(backoff.wait_s(fault, now_s, 0.0))
        now_s += waits[-1] + 1
    cap_s = BOUNDS[fault.kind].cap_s
    assert cap_s / 2 < max(waits) <= cap_s


def test_a_good_connection_forgives_what_was_before() -> None:
    """After a connection that lasted, waiting begins from the start; after a short one not."""
    backoff = Backoff(random.Random(1))
    for second in range(0, 4000, 40):
        backoff.wait_s(PASSING, float(second), 0.0)
    assert max(backoff.wait_s(PASSING, 4000.0 + n, 1.0) for n in range(20)) > 2
    assert backoff.wait_s(PASSING, 5000.0, 60.0) <= 0.5


def test_the_camera_may_ask_for_time() -> None:
    """Retry-After is kept, within reason."""
    fault = of_status(503, {"retry-after": "90"}, has_credentials=False)
    assert fault is not None
    assert Backoff(random.Random(1)).wait_s(fault, 0.0, 0.0) >= 90
    for written in ("9" * 30, "9" * 5000):
        endless = of_status(429, {"retry-after": written}, has_credentials=False)
        assert endless is not None
        assert endless.retry_after_s == 3600


def piece(stream_s: float | None = None, stamp_s: float | None = None) -> Piece:
    return Piece(b"", is_key=True, stream_s=stream_s, stamp_s=stamp_s)


def test_jitter_of_arrival_does_not_reach_the_capture_time() -> None:
    """The stream's own time is laid where pieces arrived earliest (R19)."""
    clock, generator = CaptureClock(), random.Random(5)
    walls = []
    for number in range(500):
        late_s = 0.0 if number % 50 == 0 else generator.uniform(0, 0.4)
        walls.append(clock.capture(piece(number / 25), 1e9 + number / 25 + late_s).wall_s)
    ideal = [1e9 + number / 25 for number in range(500)]
    assert all(abs(wall - at) < 0.01 for wall, at in zip(walls[50:], ideal[50:], strict=True))


def test_a_stamp_near_arrival_is_believed_and_a_wrong_clock_is_named_once() -> None:
    """A camera in 1970 or in another time zone does not date evidence."""
    clock = CaptureClock()
    assert clock.capture(piece(stamp_s=1e9 - 1.5), 1e9).wall_s == 1e9 - 1.5
    assert clock.offset_s == -1.5
    far = CaptureClock()
    results = [far.capture(piece(stamp_s=1e9 + n + 3600), 1e9 + n) for n in range(3)]
    assert [result.wall_s for result in results] == [1e9, 1e9 + 1, 1e9 + 2]
    assert [len(result.findings) for result in results] == [1, 0, 0]
    assert "3600 s ahead" in results[0].findings[0].sentence


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.floats(-1e6, 1e6)),
            st.one_of(st.none(), st.floats(1e9 - 100, 1e9 + 100)),
            st.floats(0, 3),
        ),
        max_size=60,
    )
)
def test_capture_times_are_never_far_off_and_never_go_back(
    pieces: list[tuple[float | None, float | None, float]],
) -> None:
    """Whatever a camera's clocks say, captured time is near arrival and monotonic."""
    clock, now_s, last_s = CaptureClock(), 1e9, 0.0
    for stream_s, stamp_s, step_s in pieces:
        now_s += step_s
        wall_s = clock.capture(piece(stream_s, stamp_s), now_s).wall_s
        assert abs(wall_s - now_s) <= 2 * BELIEVED_S
        assert wall_s >= last_s or last_s > now_s
        last_s = wall_s


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (b"Sun, 06 Nov 1994 08:49:37 GMT", 784111777.0),
        (b"06-Nov-1994 08:49:37 GMT", 784111777.0),
        (b"Sun, 31 Feb 1994 08:49:37 GMT", None),
        (b"now", None),
    ],
)
def test_dates_are_read(written: bytes, seconds: float | None) -> None:
    """Dates as HTTP writes them, and nothing from what is none."""
    assert read_http_date(written) == seconds


def test_stamps_in_any_unit_are_read() -> None:
    """Seconds, milliseconds and microseconds."""
    for written in (b"1700000000.5", b"1700000000500", b"1700000000500000"):
        assert read_stamp({b"x-timestamp": written}) == 1700000000.5
    assert read_stamp({b"x-timestamp": b"12"}) is None


URL = "http://admin:s3cret%21x@cam:81/video.cgi?user=admin&pwd=hunter22&res=hd"


def test_no_password_is_shown() -> None:
    """Wherever it stands in a URL, raw or quoted."""
    shown = redact(URL)
    assert shown == "http://***@cam:81/video.cgi?user=***&pwd=***&res=hd"
    address = split_credentials(URL)
    assert (address.user, address.password) == ("admin", "s3cret!x")
    assert address.url == "http://cam:81/video.cgi?user=admin&pwd=hunter22&res=hd"
    assert "s3cret" not in repr(address)
    assert "hunter22" not in repr(address)
    short = scrub("Input/output error: 'rtsp://admin:pw@10.0.0.2/live'", ())
    assert short == "Input/output error: 'rtsp://***@10.0.0.2/live'"
    words = scrub(f"failed: {URL} (s3cret!x)", secrets_of(URL))
    assert not any(secret in words for secret in ("s3cret", "hunter22"))


@given(st.text(max_size=80))
def test_any_text_can_be_redacted(text: str) -> None:
    """No URL makes redaction raise."""
    redact(text)
    redact("rtsp://u:p@" + text)
