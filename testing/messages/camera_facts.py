"""What camera and transcoder would report of a camera."""

from typing import Any

import attrs
import numpy as np

from media.look import COLUMNS, ROWS
from seda.messages import CameraFact, ConnectionFacts, Look, PictureFacts

WALL_S = 1_700_000_000.0


def connection(state: str = "connected", epoch: int = 1, **other: Any) -> CameraFact:
    """Return a fact of the camera stage; give what is to differ."""
    facts = ConnectionFacts(
        state=state,  # type: ignore[arg-type]  # a test may as well invent one
        since_s=WALL_S,
        watched_since_s=WALL_S,
        epoch=epoch,
        tries=epoch,
        connections=epoch,
        format="mjpeg",
        authentication="basic",
    )
    return CameraFact("gate", WALL_S, connection=attrs.evolve(facts, **other))


def lost(sentence: str, epoch: int = 1, **other: Any) -> CameraFact:
    """Return the fact that the connection ended."""
    other = {"fault": "ended", "sentence": sentence, "retry_at_s": WALL_S + 4} | other
    return connection("lost", epoch, **other)


def pictures(sequence: int, epoch: int = 1, frames: int = 10, **other: Any) -> CameraFact:
    """Return a fact of the transcoder about one chunk."""
    facts = PictureFacts(
        epoch, sequence, width_px=640, height_px=360, frames=frames, counts={"frames": frames}
    )
    return CameraFact("gate", WALL_S, picture=attrs.evolve(facts, **other))


def look(captured_s: float, level: float = 120.0, spread: float = 40.0) -> Look:
    """Return a look at an even picture of this grey level."""
    cells = np.full(COLUMNS * ROWS, level * 256, "<u2").tobytes()
    return Look(captured_s, cells, level, spread)
