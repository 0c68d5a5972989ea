"""Thirty ways in which a file may be damaged: bits, cuts, emptiness, what another version wrote."""

import random
from collections.abc import Callable

Damage = Callable[[bytes, random.Random], bytes]

_FLIPS = (1, 1, 1, 1, 1, 1, 2, 5, 20, 100)
_CUTS = (0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)
_HEADS = (1, 4, 16, 64)


def _flip(bits: int) -> Damage:
    def flip(content: bytes, chance: random.Random) -> bytes:
        damaged = bytearray(content)
        for _ in range(bits if content else 0):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        return bytes(damaged)

    return flip


def _flip_first(content: bytes, chance: random.Random) -> bytes:
    """Flip the highest bit of one of the first bytes, after which no text is UTF-8."""
    damaged = bytearray(content)
    if damaged:
        damaged[chance.randrange(min(len(damaged), 40))] ^= 0x80
    return bytes(damaged)


def _cut(share: float) -> Damage:
    return lambda content, _: content[: int(len(content) * share)]


def _scramble_head(count: int) -> Damage:
    return lambda content, chance: chance.randbytes(count) + content[count:]


def _other_version(content: bytes, _: random.Random) -> bytes:
    """Raise what a text says its version is, or else each small number in the first bytes."""
    if content[:1] in (b"{", b"["):
        return b'{"version": 99, "of": ' + content + b"}"
    return bytes(it + 1 if 0 < it < 9 else it for it in content[:100]) + content[100:]


DAMAGES: dict[str, Damage] = {
    **{f"{bits} bits, try {number}": _flip(bits) for number, bits in enumerate(_FLIPS)},
    "no UTF-8": _flip_first,
    **{f"cut to {share:.0%}": _cut(share) for share in _CUTS},
    "the last byte cut": lambda content, _: content[:-1],
    **{f"{count} bytes of another head": _scramble_head(count) for count in _HEADS},
    "zeros": lambda content, _: bytes(len(content)),
    "ones": lambda content, _: b"\xff" * len(content),
    "more at the end": lambda content, chance: content + chance.randbytes(100),
    "twice": lambda content, _: content + content,
    "null": lambda _, __: b"null",
    "another version": _other_version,
}
