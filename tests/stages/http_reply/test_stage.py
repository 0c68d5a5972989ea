"""A real handler of http_reply with real connections: answers, keeping, slowness, hang-ups."""

import json
from pathlib import Path

import attrs
import pytest

from seda.codec import decode_body, encode_body
from seda.protocol import Emit
from seda.requests import Answer, Ask, Undelivered
from tests.stages.http_reply.record import recording
from tests.stages.http_reply.station import ANNA, CLIENT, Browser, Station, replying

JPEG = b"\xff\xd8" + bytes(54 * 1024)
LARGE = bytes(4 * 1024 * 1024)
ONCE = attrs.evolve(CLIENT, is_kept=False)


def pair(station: Station, browser: Browser, content: bytes = JPEG) -> None:
    """Have a frame delivered."""
    answer = Answer(CLIENT, 200, (("Seda-Frame", "{}"),), lease_id="lease-1")
    station.answer(browser, answer, content, kind="pair")


def test_a_frame_is_answered_with_its_facts_and_the_connection_goes_back(tmp_path: Path) -> None:
    """The picture comes whole, is kept by nobody, and the next request is read elsewhere (R35)."""
    with replying(tmp_path) as station:
        browser = station.browser()
        pair(station, browser)
        reply = browser.read()
        client = station.take_back()
        done = station.done()
    assert (reply.status, reply.body) == (200, JPEG)
    assert reply.headers["content-type"] == "image/jpeg"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["seda-frame"] == "{}"
    assert client == attrs.evolve(CLIENT, method="")
    assert done.results[0].outputs == ()


def test_every_answer_forbids_what_a_page_does_not_need(tmp_path: Path) -> None:
    """Types are not guessed, nothing is embedded elsewhere, HTTPS is insisted on over HTTPS."""
    with replying(tmp_path) as station:
        browser = station.browser()
        secure = attrs.evolve(ONCE, is_https=True)
        station.answer(browser, Answer(secure, 200, body=b"{}"))
        headers = browser.read().headers
        assert browser.is_ended()
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert headers["connection"] == "close"


def test_what_was_read_ahead_comes_back_with_the_connection(tmp_path: Path) -> None:
    """A request that was sent before the answer is not lost."""
    with replying(tmp_path) as station:
        browser = station.browser()
        ahead = attrs.evolve(CLIENT, read_ahead=b"GET /next HTTP/1.1\r\n")
        station.answer(browser, Answer(ahead, 204))
        assert browser.read().status == 204
        client = station.take_back()
    assert client.read_ahead == b"GET /next HTTP/1.1\r\n"


def test_head_tells_the_size_and_sends_nothing(tmp_path: Path) -> None:
    """The head is that of GET, and the connection can be used on."""
    with replying(tmp_path) as station:
        browser = station.browser()
        head = attrs.evolve(CLIENT, method="HEAD")
        station.answer(browser, Answer(head, 200), JPEG)
        reply = browser.read("HEAD")
        station.take_back()
    assert reply.headers["content-length"] == str(len(JPEG))
    assert reply.body == b""


def test_a_frame_for_a_client_that_is_gone_goes_back(tmp_path: Path) -> None:
    """Nobody saw it: assignment is told at once."""
    with replying(tmp_path) as station:
        browser = station.browser()
        browser.close()
        pair(station, browser)
        done = station.done()
    (output,) = done.results[0].outputs
    assert (output.event.kind, output.to) == ("undelivered", "assignment")
    assert decode_body(output.event.body, Undelivered) == Undelivered("lease-1")


def test_a_frame_that_a_client_stops_taking_goes_back(tmp_path: Path) -> None:
    """Its event is settled at once; when it hangs up in the middle, assignment is told."""
    with replying(tmp_path) as station:
        browser = station.browser(is_small=True)
        pair(station, browser, LARGE)
        assert station.done().results[0].outputs == ()
        browser.sock.recv(1000)
        browser.close()
        (output,) = station.handler.expect(Emit).outputs
    assert decode_body(output.event.body, Undelivered) == Undelivered("lease-1")


def test_a_client_that_takes_too_long_is_closed(tmp_path: Path) -> None:
    """The answer's limit holds however steadily bytes trickle."""
    with replying(tmp_path, answer_s=0.2) as station:
        browser = station.browser(is_small=True)
        pair(station, browser, LARGE)
        station.settle(1)
        (output,) = station.handler.expect(Emit).outputs
        assert output.event.kind == "undelivered"
        while browser.sock.recv(65536):
            pass


def test_slow_clients_hold_up_nobody(tmp_path: Path) -> None:
    """Among a hundred who take nothing another one is answered at once."""
    with replying(tmp_path) as station:
        slow = [station.browser(is_small=True) for _ in range(100)]
        for browser in slow:
            pair(station, browser, LARGE)
        browser = station.browser()
        pair(station, browser)
        assert browser.read().body == JPEG
        station.take_back()
        for it in slow:
            it.close()


def test_strangers_who_take_nothing_keep_no_person_waiting(tmp_path: Path) -> None:
    """The slowest of them ends for who is signed in; among strangers each newcomer ends one."""
    person = attrs.evolve(CLIENT, person="anna")
    with recording(tmp_path), replying(tmp_path, connections_max=4) as station:
        slow = [station.browser(is_small=True) for _ in range(4)]
        for browser in slow:
            station.answer(browser, Answer(CLIENT, 200), LARGE)
        assert station.get(Ask(person, ANNA, "frame", {"frame_id": "none"})).status == 404
        assert ends_early(slow[0])
        mine = station.browser(is_small=True)
        station.answer(mine, Answer(person, 200), LARGE)
        late = [station.browser(is_small=True) for _ in range(4)]
        for browser in late:
            station.answer(browser, Answer(CLIENT, 200), LARGE)
        assert ends_early(late[0])
        assert mine.read().body == LARGE


def ends_early(browser: Browser) -> bool:
    """Wait for the end; say whether that was before everything was sent."""
    got_bytes = 0
    try:
        while more := browser.sock.recv(65536):
            got_bytes += len(more)
    except ConnectionResetError:
        pass
    return got_bytes < len(LARGE)


def test_a_full_way_back_closes_the_connection(tmp_path: Path) -> None:
    """Nothing waits inside the ring: the client connects anew."""
    with replying(tmp_path, returns=1) as station:
        browsers = [station.browser() for _ in range(64)]
        for browser in browsers:
            station.answer(browser, Answer(CLIENT, 204))
        for _ in browsers:
            station.done()
        assert [browser.read().status for browser in browsers] == [204] * len(browsers)
        assert browsers[-1].is_ended()


def test_a_refused_client_that_still_sends_hears_why(tmp_path: Path) -> None:
    """The answer is not lost in a reset because of a body that nobody reads."""
    with replying(tmp_path) as station:
        browser = station.browser()
        browser.sock.sendall(bytes(200_000))
        refused = Answer(ONCE, 413, body=b'{"error":"too large"}')
        ask = Ask(ONCE, None, "refusal", body=encode_body(refused))
        station.ask(browser, ask)
        browser.sock.sendall(bytes(200_000))
        reply = browser.read()
    assert (reply.status, json.loads(reply.body)) == (413, {"error": "too large"})


def test_a_file_is_answered(tmp_path: Path) -> None:
    """By its path below the data directory."""
    (tmp_path / "evidence.jpg").write_bytes(JPEG)
    with replying(tmp_path) as station:
        browser = station.browser()
        headers = (("Content-Type", "image/jpeg"),)
        station.answer(browser, Answer(ONCE, 200, headers, file="evidence.jpg"))
        reply = browser.read()
    assert (reply.headers["content-type"], reply.body) == ("image/jpeg", JPEG)


def test_a_header_that_would_be_read_as_two_is_not_sent(tmp_path: Path) -> None:
    """A mistake elsewhere does not split an answer."""
    with replying(tmp_path) as station:
        browser = station.browser()
        answer = Answer(ONCE, 200, (("Seda-Frame", "a\r\nSet-Cookie: b"),), body=b"{}")
        station.answer(browser, answer)
        reply = browser.read()
    assert reply.status == 500
    assert "set-cookie" not in reply.headers


@pytest.mark.slow
def test_no_descriptor_is_left_after_thousands_of_answers(tmp_path: Path) -> None:
    """Whole answers, refusals, hang-ups before and in the middle, reads: all are closed."""
    with recording(tmp_path), replying(tmp_path) as station:

        def one_of_each() -> None:
            for _ in range(2):
                browser = station.browser()
                pair(station, browser)
                browser.read()
                station.take_back()
            gone = station.browser()
            gone.close()
            pair(station, gone)
            middle = station.browser(is_small=True)
            pair(station, middle, LARGE)
            middle.close()
            browser = station.browser()
            refused = Answer(ONCE, 400, body=b"{}")
            station.ask(browser, Ask(ONCE, None, "refusal", body=encode_body(refused)))
            browser.read()
            browser.close()
            ask = Ask(CLIENT, ANNA, "frame", {"frame_id": "none"})
            assert station.get(ask).status == 404
            station.settle(6)

        for _ in range(5):
            one_of_each()
        before = station.descriptors()
        for _ in range(400):
            one_of_each()
        # What lingers or is being written needs a moment longer than its browser.
        while station.descriptors() > before:
            browser = station.browser()
            pair(station, browser)
            browser.read()
            station.take_back()
            station.settle(1)
