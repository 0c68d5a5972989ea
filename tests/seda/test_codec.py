"""Messages to bytes and back, and what is no message."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seda import codec, protocol
from seda.codec import TooLarge, Undecodable, decode, decode_body, encode, payload_count
from seda.messages import Event, HandlerFigures, Output, Payload
from seda.protocol import DATAGRAM_BYTES, VERSION, Message
from testing.strategies.messages import messages

NONE = HandlerFigures()
MEMORY = Payload("memory", 3)


def event(*payloads: Payload, **fields: Any) -> Event:
    """Return an event with these payloads."""
    return Event(
        **{"id": "gate:1:1", "kind": "chunk", "key": "gate", "payloads": payloads, **fields}
    )


@given(messages)
def test_every_message_comes_back_as_it_was(message: Message) -> None:
    """With its kind, from one byte."""
    assert decode(encode(message)) == message


@given(messages)
def test_a_kind_is_numbered_by_its_place(message: Message) -> None:
    """So a new one goes to the end of the list."""
    assert get_args(Message)[encode(message)[1]] is type(message)


def refusal(datagram: bytes) -> str:
    """Return the word that a datagram is refused with; none for a message."""
    try:
        decode(datagram)
    except Undecodable as error:
        return error.reason
    return ""


@given(messages, st.data())
def test_a_truncated_message_is_refused(message: Message, data: st.DataObject) -> None:
    """At whichever byte it ends."""
    datagram = encode(message)
    end = data.draw(st.integers(0, len(datagram) - 1))
    with pytest.raises(Undecodable) as raised:
        decode(datagram[:end])
    assert raised.value.reason == ("truncated" if end < 2 else "malformed")


@given(st.binary(max_size=300))
def test_random_bytes_are_a_message_or_refused(content: bytes) -> None:
    """And never crash who decodes them."""
    for kind in range(len(get_args(Message))):
        assert refusal(bytes((VERSION, kind)) + content) in {"", "malformed"}


@given(messages, st.data())
def test_a_damaged_message_is_a_message_or_refused(message: Message, data: st.DataObject) -> None:
    """Whichever byte was changed."""
    datagram = bytearray(encode(message))
    place = data.draw(st.integers(0, len(datagram) - 1))
    datagram[place] = data.draw(st.integers(0, 255))
    assert refusal(bytes(datagram)) in {"", "version", "kind", "malformed"}


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "truncated"),
        (bytes((VERSION,)), "truncated"),
        (bytes((VERSION + 1, 0)), "version"),
        (bytes((VERSION, len(get_args(Message)))), "kind"),
        (encode(protocol.Stop()) + b"\xc0", "malformed"),
        (bytes((VERSION, 3)) + b"\x81\xa2zz" + b"\x91" * 5000 + b"\xc0", "malformed"),
        (bytes((VERSION, 3)) + b"\x81\xa6events\xdd\xff\xff\xff\xff", "malformed"),
    ],
)
def test_a_refusal_has_a_word_to_be_counted_under(datagram: bytes, reason: str) -> None:
    """Another version, an unknown kind, more than a message, deep nesting, a lying length."""
    assert refusal(datagram) == reason


@pytest.mark.parametrize(
    "message",
    [
        protocol.Submit((event(id=""),)),
        protocol.Submit((event(id="a b"),)),
        protocol.Submit((event(id="x" * 121),)),
        protocol.Submit((event(key="x" * 121),)),
        protocol.Submit((event(threat=1.1),)),
        protocol.Submit((event(units=0.0),)),
        protocol.Submit((event(born_s=float("inf")),)),
        protocol.Submit((event(Payload("memory", -1)),)),
        protocol.Call(1, 5, ()),
        protocol.Done(1, -1.0, (), NONE),
        protocol.Done(1, float("inf"), (), NONE),
        protocol.Done(1, 1.0, (protocol.Result("a", "great"),), NONE),
        protocol.Beat(HandlerFigures(counts={"frames": float("inf")})),
        protocol.Beat(HandlerFigures(memory_bytes=-1)),
        protocol.Welcome(protocol.Window(-1, 1, 1), 0),
    ],
)
def test_values_out_of_range_are_malformed(message: Message) -> None:
    """Whoever sends them: a handler's garbage never enters an average or a table."""
    with pytest.raises(Undecodable, match="malformed"):
        decode(encode(message))


def test_nan_is_malformed() -> None:
    """It would stay in every average; msgpack can say it where JSON cannot."""
    content = msgspec.msgpack.encode({"start_s": float("nan"), "notes": []})
    kind = get_args(Message).index(protocol.Ready)
    with pytest.raises(Undecodable, match="malformed"):
        decode(bytes((VERSION, kind)) + content)


def test_a_message_that_fills_a_datagram_is_sent_and_a_larger_one_is_not() -> None:
    """Its content belongs in a payload."""
    room = DATAGRAM_BYTES - len(encode(protocol.Refused("x" * 60_000))) + 60_000
    assert len(encode(protocol.Refused("x" * room))) == DATAGRAM_BYTES
    with pytest.raises(TooLarge, match="put large content in a payload"):
        encode(protocol.Refused("x" * (room + 1)))


@pytest.mark.parametrize(
    ("message", "count"),
    [
        (protocol.Submit((event(MEMORY), event(), event(MEMORY, MEMORY))), 3),
        (protocol.Call(1, 0, (event(MEMORY, MEMORY),)), 2),
        (protocol.Fork(1), 2),
        (protocol.Stop(), 0),
        (protocol.Emit((Output("a", event(MEMORY, Payload("memory", 3, 0))),), NONE), 1),
    ],
)
def test_a_message_says_how_many_descriptors_belong_to_it(message: Message, count: int) -> None:
    """An input's payload that is passed on does not come again."""
    assert payload_count(message) == count


def test_a_done_counts_the_outputs_of_all_its_results() -> None:
    """In their order."""
    outputs = (Output("a", event(MEMORY)), Output("b", event(Payload("memory", 3, 0), MEMORY)))
    result = protocol.Result("a", "done", "", outputs)
    assert payload_count(protocol.Done(1, 1.0, (result, result), NONE)) == 4


def test_a_body_of_another_kind_is_refused() -> None:
    """As a message would be."""
    body = codec.encode_body(protocol.Born(3))
    assert decode_body(body, protocol.Born) == protocol.Born(3)
    with pytest.raises(Undecodable, match="Ready"):
        decode_body(body, protocol.Ready)
    with pytest.raises(Undecodable):
        decode_body(b"\xa1\xff", str)
