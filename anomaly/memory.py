"""The camera memory: everything the detector has learned about one camera, and how it becomes bytes.

Holds state only; what it means and how it changes is in `background`, `patterns`, `habits`,
`calibration` and `lessons`.  The bytes carry their own version and the camera's name; every array is
checked on the way in, so that a state from elsewhere is refused and never half used.
"""

from __future__ import annotations

import attrs
import msgspec
import numpy as np
from numpy.typing import NDArray

from anomaly.background import Background
from anomaly.calibration import BINS as HISTORY_BINS
from anomaly.calibration import History
from anomaly.habits import Habits
from anomaly.lessons import Lesson, Lessons
from anomaly.patterns import BINS, PatternMemory

VERSION = 1
_Packed = tuple[str, tuple[int, ...], bytes]


class MemoryStateError(Exception):
    """A state that can not be used, and what to do about it."""


@attrs.define
class CameraMemory:
    """What is known about one camera."""

    camera: str
    background: Background | None = None  # None until the first picture
    habits: Habits | None = None
    patterns: PatternMemory = attrs.field(factory=PatternMemory)
    history: History = attrs.field(factory=History)
    lessons: Lessons = attrs.field(factory=Lessons)
    smooth_raw: float | None = None  # the last picture's raw score, smoothed


class _State(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    camera: str
    arrays: dict[str, _Packed]
    numbers: dict[str, float]
    times: list[float]
    lessons: list[Lesson]
    given: list[tuple[float, str]]
    smooth_raw: float | None


def pack_memory(memory: CameraMemory) -> bytes:
    """Turn a memory into bytes."""
    arrays: dict[str, NDArray[np.generic]] = {
        "patterns.counts": memory.patterns.counts,
        "patterns.merit": memory.patterns.merit,
        "history.counts": memory.history.counts,
    }
    numbers = {
        "history.footage_s": memory.history.footage_s,
        "history.seen_s": memory.history.seen_s,
        "history.chunks": float(memory.history.chunks),
    }
    times: list[float] = []
    if memory.background and memory.habits:
        for prefix, part in (("background", memory.background), ("habits", memory.habits)):
            for name, value in attrs.asdict(part, recurse=False).items():
                if isinstance(value, np.ndarray):
                    arrays[f"{prefix}.{name}"] = value
                elif isinstance(value, list):
                    times = value
                else:
                    numbers[f"{prefix}.{name}"] = float(value)
    packed = {name: (a.dtype.str, a.shape, a.tobytes()) for name, a in arrays.items()}
    state = _State(
        VERSION, memory.camera, packed, numbers, times,
        list(memory.lessons.learned), list(memory.lessons.given), memory.smooth_raw,
    )  # fmt: skip
    return msgspec.msgpack.encode(state)


def unpack_memory(content: bytes, camera: str) -> CameraMemory:
    """Turn bytes back into a memory of this camera."""
    try:
        state = msgspec.msgpack.decode(content, type=_State)
        if state.version != VERSION:
            raise ValueError(f"it has version {state.version}, this program reads {VERSION}")  # noqa: TRY301
        if state.camera != camera:
            raise ValueError(f'it belongs to camera "{state.camera}"')  # noqa: TRY301
        return _unpack(state)
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
        raise MemoryStateError(
            f'camera "{camera}": its memory can not be used: {error};'
            " remove the memory file and the camera learns anew"
        ) from error


def _unpack(state: _State) -> CameraMemory:
    arrays = {name: _array(*packed) for name, packed in state.arrays.items()}
    numbers = state.numbers
    memory = CameraMemory(state.camera, smooth_raw=state.smooth_raw)
    memory.patterns = PatternMemory(
        _shaped(arrays["patterns.counts"], (2, *BINS)), _shaped(arrays["patterns.merit"], (2,))
    )
    memory.history = History(
        _shaped(arrays["history.counts"], (HISTORY_BINS,)),
        numbers["history.footage_s"],
        int(numbers["history.chunks"]),
        numbers["history.seen_s"],
    )
    memory.lessons = Lessons(state.lessons, state.given)
    if "background.picture" in arrays:
        memory.background = Background(
            **_part("background", arrays, numbers), recent_at_s=state.times
        )
        memory.background.check()
        memory.habits = Habits(**_part("habits", arrays, numbers))
        memory.habits.check(memory.background.cells)
    return memory


def _part(
    prefix: str, arrays: dict[str, NDArray[np.generic]], numbers: dict[str, float]
) -> dict[str, object]:
    return {
        name.removeprefix(f"{prefix}."): value
        for name, value in (*arrays.items(), *numbers.items())
        if name.startswith(f"{prefix}.")
    }


def _array(kind: str, shape: tuple[int, ...], content: bytes) -> NDArray[np.generic]:
    return np.frombuffer(content, np.dtype(kind)).reshape(shape).copy()


def _shaped(array: NDArray[np.generic], shape: tuple[int, ...]) -> NDArray[np.generic]:
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"an array of shape {array.shape} instead of {shape}, or not finite")
    return array
