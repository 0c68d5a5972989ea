"""The pictures before and after a frame: which, and when they are there to be copied.

The picture store keeps a minute of every camera. What came before a frame is there when it is
admitted; what comes after has to be waited for, and the store is looked at again: the chunk that
holds it ends later and is transcoded later.
"""

from collections.abc import Sequence

import attrs

from media.pictures.files import Picture

SPAN_S = 3.25
"""Before and after the frame."""
EACH_SIDE = 6
LEAST_GAP_S = 0.4
"""Of a faster ring not every picture is taken."""
LOOKS_S = (0.0, 4.0, 10.0)
"""After admission: at once, when a chunk of usual length is over, and when a long one is."""
_PENDING_MAX = 4096


@attrs.frozen
class Wanted:
    """A frame whose strip is not complete."""

    camera: str
    captured_s: float
    due_s: tuple[float, ...]
    is_test: bool = False
    """Its pictures are there already, and seem to come in as others' do."""


def want_from(camera: str, captured_s: float, now_s: float, *, is_test: bool = False) -> Wanted:
    """Return what is wanted from now on."""
    return Wanted(camera, captured_s, tuple(now_s + it for it in LOOKS_S), is_test)


class Strips:
    """The frames whose strips are to be looked after."""

    def __init__(self) -> None:
        self._wanted: dict[str, Wanted] = {}

    def want(self, frame_id: str, wanted: Wanted) -> None:
        """Have a frame's strip gathered; of too many the oldest does with what it has."""
        while len(self._wanted) >= _PENDING_MAX:
            del self._wanted[next(iter(self._wanted))]
        self._wanted[frame_id] = wanted

    def take_due(self, now_s: float) -> list[tuple[str, Wanted]]:
        """Return what is to be looked at now, once for each look."""
        due = [(name, it) for name, it in self._wanted.items() if it.due_s[0] <= now_s]
        for name, wanted in due:
            later_s = tuple(at_s for at_s in wanted.due_s if at_s > now_s)
            if later_s:
                self._wanted[name] = attrs.evolve(wanted, due_s=later_s)
            else:
                del self._wanted[name]
        return due

    def forget(self, frame_id: str) -> None:
        """Leave a frame that is no more."""
        self._wanted.pop(frame_id, None)


def choose(pictures: Sequence[Picture], captured_s: float) -> list[Picture]:
    """Choose from the pictures around a frame, oldest first: outwards from it, evenly."""
    before = [it for it in reversed(pictures) if it.captured_s < captured_s]
    after = [it for it in pictures if it.captured_s > captured_s]
    return [*reversed(_spread(before, captured_s)), *_spread(after, captured_s)]


def _spread(outwards: Sequence[Picture], from_s: float) -> list[Picture]:
    chosen: list[Picture] = []
    for picture in outwards:
        last_s = chosen[-1].captured_s if chosen else from_s
        if len(chosen) < EACH_SIDE and abs(picture.captured_s - last_s) >= LEAST_GAP_S:
            chosen.append(picture)
    return chosen
