"""Gives assignment scored frames as the detector would, until they are in its pool."""

import time

from seda import payload
from seda.codec import encode_body
from seda.messages import Band, Box, Event, Mark, Payload, ScoredFacts
from testing.running.source import Source


def feed(socket_path: str, frames: int, contents: tuple[bytes, ...], first: int = 0) -> None:
    """Have so many frames wait, each of a camera of its own: picture, heat map and usual view.

    The first camera has the number `first`.
    """
    source = Source(socket_path)
    payloads = tuple(Payload("memory", len(one)) for one in contents)
    for number in range(first, first + frames):
        facts = facts_of(f"camera-{number}")
        event = Event(f"frame:{number}", "scored_frame", facts.camera, encode_body(facts), payloads)
        source.submit(event, tuple(payload.make(one) for one in contents))
    left = frames
    while left:
        for settlement in source.pump(1.0):
            if settlement.outcome != "done":
                raise RuntimeError(f"{settlement.id} was {settlement.outcome}")
            left -= 1
    source.close()


def facts_of(camera: str, sequence: int = 1, threat: float = 0.6) -> ScoredFacts:
    """Return what the detector would say of a frame."""
    return ScoredFacts(
        camera=camera,
        epoch=1,
        sequence=sequence,
        index=0,
        captured_s=time.time(),
        raw=1.0,
        threat=threat,
        band=Band.UNUSUAL,
        is_learning=False,
        cause="speed",
        words="Faster than 99.9 % of what moved here in two hours.",
        boxes=(Box(0.2, 0.3, 0.4, 0.7, "a person walking", 0.9),),
        mark=Mark("moving", 0.5, 0.5, (1, 2, 3)),
    )
