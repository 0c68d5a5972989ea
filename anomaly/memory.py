"""The camera memory: what the detector has learned about one camera, and its bytes.

Holds state only; what it means and how it changes is in `background`, `patterns`, `habits`,
`calibration` and `lessons`. The bytes carry their own version and the camera's name; every
array is checked on the way in, so that a state from elsewhere is refused and never half used.
"""

import math
from typing import TypeVar

import attrs
import msgspec
import numpy as np
from numpy.typing import NDArray

from anomaly.rules.records import Record, is_sound
from anomaly.seeing.background import Background
from anomaly.seeing.captions import DEPTH, Captions, start_captions
from anomaly.tracks import KINDS, TrackState, pack_state, unpack_state
from anomaly.types import Floats
from anomaly.usual.calibration import BINS as HISTORY_BINS
from anomaly.usual.calibration import History, Score
from anomaly.usual.clock import FootageClock
from anomaly.usual.habits import CLASSES, Habits, region_shape
from anomaly.usual.lessons import Lessons
from anomaly.usual.objects import COLUMNS, GROUPS, ObjectMemory
from anomaly.usual.objects import ROWS as OBJECT_ROWS
from anomaly.usual.patterns import BINS, PatternMemory
from anomaly.usual.properties import ROWS, SIZE_BINS, SPEED_BINS, Properties
from anomaly.usual.streams import BINS as STREAM_BINS
from anomaly.usual.streams import STREAMS, StreamHistory
from seda.messages import Lesson

VERSION = 7
_HISTORY_NUMBERS = (
    "footage_s",
    "seen_s",
    "was_high",
    "upsets",
    "chunks",
    "recent",
    "known_level",
    "risen",
)
_SPARSE = ("standing", "place", "low")
_STREAM_NUMBERS = ("seen_s", "usual")
_OBJECT_NUMBERS = ("looks", "movers", "named", "seen_s")
_CAPTION_NUMBERS = ("seen_s", "chunks")
_T = TypeVar("_T", bound=np.generic)
_Packed = tuple[str, tuple[int, ...], bytes]


class MemoryStateError(Exception):
    """A state that cannot be used, and what to do about it."""


@attrs.define
class CameraMemory:
    """What is known about one camera."""

    camera: str
    background: Background | None = None  # None until the first picture
    habits: Habits | None = None
    patterns: PatternMemory = attrs.field(factory=PatternMemory)
    properties: Properties = attrs.field(factory=Properties)
    history: History = attrs.field(factory=History)  # of what moves
    standing: History = attrs.field(factory=lambda: History(is_sparse=True))  # of what stays
    place: History = attrs.field(factory=lambda: History(is_sparse=True))  # of where things are
    low: History = attrs.field(factory=lambda: History(is_sparse=True))  # of things that look low
    together: History = attrs.field(factory=History)  # of all that moves, over whole chunks
    streams: dict[str, StreamHistory] = attrs.field(
        factory=lambda: {name: StreamHistory() for name in STREAMS}
    )  # that what moves is made of
    tracks: TrackState | None = None  # likewise
    captions: Captions | None = None  # as the background
    objects: ObjectMemory = attrs.field(factory=ObjectMemory)
    lessons: Lessons = attrs.field(factory=Lessons)
    rules: dict[str, list[Record]] = attrs.field(factory=dict)  # things that concern a rule now
    clock: FootageClock = attrs.field(factory=FootageClock)
    unsaid: str = ""  # what a lesson found wrong with the memory, for the next frame to say


class _Versioned(msgspec.Struct):
    """What every version's state begins with."""

    version: int


class _State(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    camera: str
    arrays: dict[str, _Packed]
    numbers: dict[str, float]
    times: list[float]
    lessons: list[Lesson]
    given: list[tuple[float, str]]
    waiting: dict[str, list[Score]]  # by history
    smooth: dict[str, float | None]  # by stream
    rules: dict[str, list[Record]] = {}  # a memory from before there were rules has none
    unsaid: str = ""  # likewise


def pack_memory(memory: CameraMemory) -> bytes:
    """Turn a memory into bytes."""
    arrays: dict[str, NDArray[np.generic]] = {
        "patterns.counts": memory.patterns.counts,
        "patterns.merit": memory.patterns.merit,
        "properties.speeds": memory.properties.speeds,
        "properties.sizes": memory.properties.sizes,
        "properties.paces": memory.properties.paces,
        "objects.counts": memory.objects.counts,
    }
    numbers = {f"objects.{key}": float(getattr(memory.objects, key)) for key in _OBJECT_NUMBERS}
    clock = attrs.asdict(memory.clock)
    numbers |= {f"clock.{name}": float(value) for name, value in clock.items()}
    histories = {
        "history": memory.history,
        "standing": memory.standing,
        "place": memory.place,
        "low": memory.low,
        "together": memory.together,
    }
    for prefix, history in histories.items():
        arrays[f"{prefix}.counts"] = history.counts
        numbers |= {f"{prefix}.{name}": float(getattr(history, name)) for name in _HISTORY_NUMBERS}
    for name, stream in memory.streams.items():
        arrays[f"{name}.counts"] = stream.counts
        numbers |= {f"{name}.{key}": float(getattr(stream, key)) for key in _STREAM_NUMBERS}
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
    if memory.captions:
        arrays |= {
            "captions.arrows": memory.captions.arrows,
            "captions.is_text": memory.captions.is_text.astype(np.uint8),
        }
        numbers |= {
            f"captions.{key}": float(getattr(memory.captions, key)) for key in _CAPTION_NUMBERS
        }
    if memory.tracks:
        arrays |= {f"tracks.{name}": array for name, array in pack_state(memory.tracks).items()}
    packed = {name: (a.dtype.str, a.shape, a.tobytes()) for name, a in arrays.items()}
    state = _State(
        VERSION, memory.camera, packed, numbers, times,
        list(memory.lessons.learned), list(memory.lessons.given),
        {prefix: list(history.waiting) for prefix, history in histories.items()},
        {name: stream.smooth for name, stream in memory.streams.items()}, memory.rules,
        memory.unsaid,
    )  # fmt: skip
    return msgspec.msgpack.encode(state)


def unpack_memory(content: bytes, camera: str) -> CameraMemory:
    """Turn bytes back into a memory of this camera."""
    try:
        version = msgspec.msgpack.decode(content, type=_Versioned).version
        if version != VERSION:
            raise ValueError(f"it has version {version}, this program reads {VERSION}")
        state = msgspec.msgpack.decode(content, type=_State)
        if state.camera != camera:
            raise ValueError(f'it belongs to camera "{state.camera}"')
        return _unpack(state)
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
        raise MemoryStateError(
            f'camera "{camera}": its memory cannot be used: {error};'
            " remove the memory file and the camera learns anew"
        ) from error


def _unpack(state: _State) -> CameraMemory:
    waiting = [score for scores in state.waiting.values() for score in scores]
    scores = [value for score in waiting for value in (score.raw, score.duration_s)]
    smooth = [value or 0.0 for value in state.smooth.values()]
    if not all(map(math.isfinite, [*state.numbers.values(), *state.times, *scores, *smooth])):
        raise ValueError("some of its numbers are not finite")
    memory = CameraMemory(state.camera, unsaid=state.unsaid)
    memory.patterns = PatternMemory(
        _floats(state, "patterns.counts", (2, *BINS)), _floats(state, "patterns.merit", (2,))
    )
    memory.properties = Properties(
        _floats(state, "properties.speeds", (ROWS, SPEED_BINS)),
        _floats(state, "properties.sizes", (ROWS, SIZE_BINS)),
    )
    if "properties.paces" in state.arrays:  # a state from before has none
        memory.properties.paces = _floats(state, "properties.paces", (SPEED_BINS,))
    memory.history = _unpack_history(state, "history")
    memory.standing = _unpack_history(state, "standing")
    memory.place = _unpack_history(state, "place")
    memory.low = _unpack_history(state, "low")
    if "together" in state.waiting:  # a state from before has none
        memory.together = _unpack_history(state, "together")
    memory.streams = {name: _unpack_stream(state, name) for name in STREAMS}
    memory.lessons = Lessons(state.lessons, state.given)
    memory.objects = _unpack_objects(state)
    if not all(map(is_sound, state.rules.values())):
        raise ValueError("where things were that concern a rule is not finite")
    memory.rules = state.rules
    memory.clock = _unpack_clock(state)
    if "background.picture" in state.arrays:
        memory.background = background = _unpack_background(state)
        memory.habits = _unpack_habits(state, background.cells)
        memory.tracks = _unpack_tracks(state, background.cells)
        memory.captions = _unpack_captions(state, background.cells)
    return memory


def _unpack_history(state: _State, prefix: str) -> History:
    numbers = {name: state.numbers[f"{prefix}.{name}"] for name in _HISTORY_NUMBERS}
    return History(
        _floats(state, f"{prefix}.counts", (HISTORY_BINS,)),
        chunks=int(numbers.pop("chunks")),
        waiting=state.waiting[prefix],
        is_sparse=prefix in _SPARSE,
        **numbers,
    )


def _unpack_stream(state: _State, name: str) -> StreamHistory:
    numbers = {key: state.numbers[f"{name}.{key}"] for key in _STREAM_NUMBERS}
    counts = _floats(state, f"{name}.counts", (STREAM_BINS,))
    return StreamHistory(counts, smooth=state.smooth[name], **numbers)


def _unpack_clock(state: _State) -> FootageClock:
    names = {field.name for field in attrs.fields(FootageClock)}
    known = {name: state.numbers.get(f"clock.{name}") for name in names}
    return FootageClock(**{name: value for name, value in known.items() if value is not None})


def _unpack_tracks(state: _State, cells: tuple[int, int]) -> TrackState | None:
    prefix = "tracks."
    arrays = {
        name.removeprefix(prefix): np.frombuffer(content, kind).reshape(shape)
        for name, (kind, shape, content) in state.arrays.items()
        if name.startswith(prefix)
    }
    if not arrays:
        return None
    if arrays["tracks.raised"].shape[-1] != KINDS:  # a state from before had a kind more
        arrays["tracks.raised"] = np.zeros((*arrays["tracks.raised"].shape[:-1], KINDS), np.float32)
    return unpack_state(arrays, *cells)


def _unpack_objects(state: _State) -> ObjectMemory:
    """Return what was seen where; a state from before has none."""
    if "objects.counts" not in state.arrays:
        return ObjectMemory()
    counts = _floats(state, "objects.counts", (GROUPS, OBJECT_ROWS, COLUMNS))
    return ObjectMemory(counts, *(state.numbers[f"objects.{key}"] for key in _OBJECT_NUMBERS))


def _unpack_captions(state: _State, cells: tuple[int, int]) -> Captions:
    """Return what is known of burnt-in text; a state from before knows nothing of it."""
    if "captions.arrows" not in state.arrays:
        return start_captions(cells)
    return Captions(
        _floats(state, "captions.arrows", (3, 2 * DEPTH, cells[1])),
        _take(state, "captions.is_text", cells, np.uint8) > 0,
        *(state.numbers[f"captions.{key}"] for key in _CAPTION_NUMBERS),
    )


def _unpack_background(state: _State) -> Background:
    _, shape, _ = state.arrays["background.picture"]
    recent = (len(state.times), *shape)
    return Background(
        _floats(state, "background.picture", shape),
        _floats(state, "background.old", shape),
        _take(state, "background.recent", recent, np.uint8),
        state.times,
        state.numbers["background.steps"],
        state.numbers["background.stepped_at_s"],
    )


def _unpack_habits(state: _State, cells: tuple[int, int]) -> Habits:
    return Habits(
        _floats(state, "habits.ways", region_shape(cells)),
        _floats(state, "habits.still_s", cells),
        _floats(state, "habits.used_to", cells),
        _floats(state, "habits.stood_s", cells),
        _floats(state, "habits.held_s", cells),
        _floats(state, "habits.told", cells),
        _floats(state, "habits.stayed", (CLASSES,)),
        _floats(state, "habits.differed", cells),
        state.numbers["habits.footage_s"],
        state.numbers["habits.changed"],
        state.numbers["habits.is_disturbed"],
        state.numbers["habits.light"],
        state.numbers["habits.pending_s"],
        state.numbers["habits.shaken"],
    )


def _floats(state: _State, name: str, shape: tuple[int, ...]) -> Floats:
    array = _take(state, name, shape, np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} is not finite")
    return array


def _take(state: _State, name: str, shape: tuple[int, ...], kind: type[_T]) -> NDArray[_T]:
    """Return an array of a state, which must be what is expected of it."""
    found, found_shape, content = state.arrays[name]
    if found != np.dtype(kind).str or found_shape != shape:
        raise ValueError(f"{name} is {found} of shape {found_shape}, not {kind} of {shape}")
    return np.frombuffer(content, kind).reshape(shape).copy()
