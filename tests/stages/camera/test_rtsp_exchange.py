"""What passes between libav and an RTSP camera, without a socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.camera.source.rtsp_exchange import Exchange, Redirected
from stages.camera.source.rtsp_messages import HEAD_BYTES_MAX, Message, NotRtsp, Reading
from stages.camera.source.rtsp_password import Credentials, Signer

LOCAL, OWN = "rtsp://127.0.0.1:9/word", "rtsp://camera/live?profile=1"
ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 5\r\n\r\nv=0\r\n"
FRAME = b"$\x00\x00\x04RTSP"
DIGEST = 'WWW-Authenticate: Digest realm="testrealm@host.com", nonce="{}", opaque="5ccc"{}\r\n'


def exchange(credentials: Credentials | None = None) -> Exchange:
    return Exchange(LOCAL, OWN, Signer(credentials, lambda: "0a4f113b"))


def question(method: str = "DESCRIBE", url: str = LOCAL, cseq: int = 7) -> bytes:
    return f"{method} {url} RTSP/1.0\r\nCSeq: {cseq}\r\nUser-Agent: Lavf\r\n\r\n".encode()


def read(data: bytes) -> list[Message | bytes]:
    return list(Reading().feed(data))


def header(data: bytes, name: str) -> str:
    (message,) = read(data)
    assert isinstance(message, Message)
    return message.value(name)


@given(st.lists(st.integers(1, 60), max_size=8))
def test_pieces_make_no_difference(cuts: list[int]) -> None:
    """However the bytes are cut, the same messages and frames come out."""
    data = ANSWER + FRAME + b"\r\n" + ANSWER + FRAME + FRAME
    reading, found, start = Reading(), [], 0
    for cut in (*cuts, len(data)):
        found += list(reading.feed(data[start : start + cut]))
        start += cut
    frames = b"".join(it for it in found if isinstance(it, bytes))
    assert frames == 3 * FRAME
    messages = [it for it in found if isinstance(it, Message)]
    assert [it.body for it in messages] == [b"v=0\r\n"] * 2
    assert messages[0].encode().endswith(b"\r\n\r\nv=0\r\n")


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(data: bytes) -> None:
    """Whatever a camera sends, it is messages, frames, or not RTSP."""
    talk = exchange()
    talk.ask(question())
    try:
        to_libav, _ = talk.answer(data)
    except (NotRtsp, Redirected):
        return
    assert b"ocation" not in to_libav


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"RTSP/1.0\r\n\r\n",
        b"RTSP/1.0 0302 Found\r\nCSeq: 1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"x" * HEAD_BYTES_MAX,
    ],
)
def test_what_is_not_rtsp_is_refused(data: bytes) -> None:
    """Nothing of it is passed on, and nothing of it is kept."""
    with pytest.raises(NotRtsp):
        read(data)


def test_a_camera_is_asked_under_its_own_address_and_number() -> None:
    """Libav's is put in its place, also within the stream."""
    talk = exchange()
    asked = talk.ask(question())
    assert asked.startswith(f"DESCRIBE {OWN} RTSP/1.0\r\n".encode())
    assert header(asked, "cseq") == "1"
    to_libav, to_camera = talk.answer(ANSWER)
    assert header(to_libav, "cseq") == "7"
    assert to_camera == b""
    track = talk.ask(question("SETUP", f"{LOCAL}/track1", 8))
    assert track.startswith(f"SETUP {OWN}/track1 RTSP/1.0\r\n".encode())


def test_frames_pass_both_ways_as_they_are() -> None:
    """Video from the camera, reports from libav."""
    talk = exchange()
    talk.ask(question("PLAY"))
    assert talk.answer(FRAME + ANSWER + FRAME)[0].startswith(FRAME)
    assert talk.ask(FRAME) == FRAME


@pytest.mark.parametrize(
    "line", ["Location", "LOCATION", "Loca\rtion", "Location ", "Loca\x00tion", "Loca\x0btion"]
)
def test_a_redirect_does_not_pass(line: str) -> None:
    """Nor an address in an answer that is none, however it is written."""
    for status in ("300", "302", "399"):
        talk = exchange()
        talk.ask(question())
        with pytest.raises(Redirected, match="redirects"):
            talk.answer(f"RTSP/1.0 {status} x\r\nCSeq: 1\r\n{line}: rtsp://b/\r\n\r\n".encode())
    talk = exchange()
    talk.ask(question())
    passed, _ = talk.answer(f"RTSP/1.0 404 x\r\nCSeq: 1\r\n{line}: rtsp://b/\r\n\r\n".encode())
    assert b"rtsp://b/" not in passed


def test_who_does_not_know_the_word_is_refused() -> None:
    """Anybody on this machine may find the port."""
    talk = exchange(Credentials("admin", "h0rse"))
    for url in ("rtsp://127.0.0.1:9/", "rtsp://127.0.0.1:9/other", "*"):
        with pytest.raises(NotRtsp, match="somebody else"):
            talk.ask(question(url=url))
    assert not talk.is_known


def test_a_digest_is_answered_as_the_standard_says() -> None:
    """The example of RFC 2617, 3.5, with the method and address of ours."""
    signer = Signer(Credentials("Mufasa", "Circle Of Life"), lambda: "0a4f113b")
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    offer = f'Digest realm="testrealm@host.com", qop="auth", nonce="{nonce}", opaque="5ccc"'
    assert signer.take([offer])
    said = signer.sign("GET", "/dir/index.html")
    assert said is not None
    assert 'response="6629fae49393a05397450978507c4ef1"' in said
    assert 'nc=00000001, cnonce="0a4f113b"' in said


def refuse(talk: Exchange, nonce: str, more: str = "", number: int = 1) -> tuple[bytes, bytes]:
    head = f"RTSP/1.0 401 x\r\nCSeq: {number}\r\n{DIGEST.format(nonce, more)}\r\n"
    return talk.answer(head.encode())


def test_a_question_is_asked_again_once_with_the_password() -> None:
    """A second refusal is libav's to hear, without how to answer it; the next is signed at once."""
    talk = exchange(Credentials("admin", "h0rse"))
    assert header(talk.ask(question()), "authorization") == ""
    to_libav, to_camera = refuse(talk, "a")
    assert to_libav == b""
    assert 'nonce="a"' in header(to_camera, "authorization")
    assert f'uri="{OWN}"' in header(to_camera, "authorization")
    to_libav, to_camera = refuse(talk, "b", number=2)
    assert to_camera == b""
    assert b"401" in to_libav
    assert b"nonce" not in to_libav
    assert 'nonce="a"' in header(talk.ask(question("SETUP", cseq=8)), "authorization")


def test_a_stale_nonce_is_replaced() -> None:
    """Some cameras change it with each question."""
    talk = exchange(Credentials("admin", "h0rse"))
    talk.ask(question())
    refuse(talk, "a")
    _, to_camera = refuse(talk, "b", ", stale=TRUE", number=2)
    assert 'nonce="b"' in header(to_camera, "authorization")
    to_libav, to_camera = refuse(talk, "c", ", stale=TRUE", number=3)
    assert to_camera == b""
    assert b"401" in to_libav


def test_without_a_password_nobody_is_asked_again() -> None:
    """The refusal is libav's to hear."""
    talk = exchange()
    talk.ask(question())
    to_libav, to_camera = refuse(talk, "a")
    assert b"401" in to_libav
    assert to_camera == b""
