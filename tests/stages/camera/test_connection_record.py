"""What `live` is told of a camera's connection."""

from media.cut.chunk import Chunk
from media.cut.pieces import Finding, Format
from seda.codec import decode_body, encode_body
from seda.messages import CameraFact, ConnectionFacts
from stages.camera.connection_record import NAMES_MAX, ConnectionRecord
from stages.camera.faults import Fault
from stages.camera.source.happenings import ChunkReady, Connected, Connecting, Lost, Noted
from tests.stages.transcoder.chunks import facts

REFUSED = Fault("connection_refused", "Nothing listens there.")


def told(account: ConnectionRecord) -> ConnectionFacts:
    """Return the connection's facts as they arrive."""
    fact = decode_body(encode_body(account.fact(99.0)), CameraFact)
    assert (fact.camera, fact.at_s, fact.picture) == ("gate", 99.0, None)
    assert fact.connection is not None
    return fact.connection


def test_a_connections_life() -> None:
    """Connecting, connected, a chunk, lost: each with its time, and why (R21)."""
    account = ConnectionRecord("gate", 10.0)
    assert account.take(Connecting(7), 11.0)
    assert (told(account).state, told(account).since_s, told(account).tries) == (
        "connecting",
        11,
        1,
    )
    assert account.take(Lost(7, REFUSED, 0.0, 2.5), 12.0)
    lost = told(account)
    assert (lost.state, lost.fault, lost.retry_at_s) == ("lost", "connection_refused", 14.5)
    account.take(Connecting(8), 14.5)
    assert account.take(Connected(8, Format.MJPEG, "digest", -3.0), 15.0)
    connected = told(account)
    assert (connected.state, connected.epoch, connected.connections) == ("connected", 8, 1)
    assert (connected.format, connected.authentication) == ("mjpeg", "digest")
    assert connected.sentence == "Nothing listens there."
    assert account.take(ChunkReady(Chunk(facts(Format.MJPEG), (b"",))), 17.0)
    assert not account.take(ChunkReady(Chunk(facts(Format.MJPEG), (b"",))), 19.0)
    live = told(account)
    assert (live.chunks, live.chunk_at_s, live.fault, live.sentence) == (2, 19.0, "", "")


def test_what_is_odd_is_counted_under_its_name() -> None:
    """With its sentence; a camera that invents names cannot make the fact grow for ever."""
    account = ConnectionRecord("gate", 10.0)
    for number in range(2 * NAMES_MAX):
        account.take(Noted(Finding(f"odd{number}", "It is odd.", count=2)), 11.0)
    account.take(Noted(Finding("odd0", "It is odd.")), 11.0)
    account.drop_chunk()
    connection = told(account)
    assert (connection.counts["odd0"], connection.sentences["odd0"]) == (3, "It is odd.")
    assert len(connection.counts) == NAMES_MAX
    assert connection.chunks_dropped == 1
