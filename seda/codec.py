"""Messages to bytes and back: one byte of version, one byte of kind, then msgpack. Pure.

The kind is a byte of its own because msgspec tells only its own structs apart in a union, and what
travels are attrs classes.
"""

from typing import Any, TypeVar, get_args

import msgspec

from seda import protocol
from seda.messages import Output
from seda.protocol import DATAGRAM_BYTES, VERSION, Message


class Undecodable(Exception):
    """A datagram that is not a message; `reason` is one word for the count."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class TooLarge(Exception):
    """A message that does not fit a datagram: its content belongs in a payload."""


T = TypeVar("T")

_KINDS: tuple[type[Any], ...] = get_args(Message)
_NUMBER = {kind: bytes((VERSION, number)) for number, kind in enumerate(_KINDS)}
_DECODERS = [msgspec.msgpack.Decoder(kind) for kind in _KINDS]
_encoder = msgspec.msgpack.Encoder()


def encode(message: Message) -> bytes:
    """Return the datagram."""
    datagram = _NUMBER[type(message)] + _encoder.encode(message)
    if len(datagram) > DATAGRAM_BYTES:
        raise TooLarge(
            f"{type(message).__name__} takes {len(datagram)} bytes, a datagram holds "
            f"{DATAGRAM_BYTES}: put large content in a payload"
        )
    return datagram


def decode(datagram: bytes | memoryview) -> Message:
    """Return the message, or raise Undecodable with the word that the refusal is counted under."""
    if len(datagram) < 2:
        raise Undecodable("truncated", f"{len(datagram)} bytes")
    if datagram[0] != VERSION:
        raise Undecodable("version", f"{datagram[0]}, this is version {VERSION}")
    if datagram[1] >= len(_DECODERS):
        raise Undecodable("kind", f"{datagram[1]} is no kind of message")
    try:
        message: Message = _DECODERS[datagram[1]].decode(datagram[2:])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable("malformed", f"{_KINDS[datagram[1]].__name__}: {error}") from error
    return message


def payload_count(message: Message) -> int:
    """Count the descriptors that have to come with this message."""
    match message:
        case protocol.Submit(events=events) | protocol.Call(events=events):
            return sum(len(event.payloads) for event in events)
        case protocol.Done(results=results):
            return sum(own_payloads(result.outputs) for result in results)
        case protocol.Emit(outputs=outputs):
            return own_payloads(outputs)
        case protocol.Fork():
            return 2
        case _:
            return 0


def own_payloads(outputs: tuple[Output, ...]) -> int:
    """Count the payloads that are not simply the input's, passed on."""
    return sum(payload.of_input < 0 for output in outputs for payload in output.event.payloads)


def encode_body(body: object) -> bytes:
    """Encode a kind's own content."""
    return _encoder.encode(body)


def decode_body(content: bytes, kind: type[T]) -> T:
    """Decode a kind's own content, or raise Undecodable."""
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable("malformed", f"{kind.__name__}: {error}") from error
