"""Whether the detector points at the right place, on frames that it chose from their chunks."""

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from anomaly.evaluation.bootstrap import Measured, intervals
from anomaly.evaluation.figures import Truth
from anomaly.evaluation.regions import (
    Look,
    ShownRegion,
    compare,
    follow_tracks,
    locate,
    tell_regions,
)
from anomaly.evaluation.results import ClipResult
from anomaly.types import Bytes, ScoredFrame

RegionFinder = Callable[["ClipResult", int, "ScoredFrame"], "tuple[ShownRegion, ...]"]


def chosen_frames(result: ClipResult) -> Iterator[tuple[int, ScoredFrame]]:
    """Return the places of the frames that speak for their chunks."""
    start = 0
    for one in result.replayed.scored:
        yield start + one.index, one
        start += len(one.course)


def count_peaks(results: Sequence[ClipResult], threshold: float) -> dict[str, object]:
    """Say how often the heat map's peak lies in the true mask, on chosen frames called right."""
    inside = called = 0
    for result in results:
        masks = result.clip.read_masks()
        for place, one in chosen_frames(result) if masks is not None else ():
            if masks is None or not result.truth[place]:
                continue
            if result.replayed.scores[place] <= threshold:
                continue
            called += 1
            inside += _peak_is_inside(one.evidence.heat, masks[result.replayed.numbers[place]])
    return {"peaks_called": called, "peaks_inside": inside}


def locate_clips(results: Sequence[ClipResult]) -> dict[str, object]:
    """Return the areas of region- and track-based detection, where there is pixel truth."""
    facts: dict[str, object] = {}
    for prefix, tell in (("", _tell_heat), ("baseline_", _tell_block)):
        clips = [_look(result, tell) for result in results]
        areas = partial(_areas, clips)
        spread = intervals(areas, len(clips), 0)
        for name, value in areas(range(len(clips)), ()).items():
            facts[f"{prefix}{name}"] = _known(value)
            facts[f"{prefix}{name}_interval"] = [_known(edge) for edge in spread[name]]
    return facts


def _areas(clips: list[list[Look]], drawn: Sequence[int], _: Sequence[int]) -> Measured:
    found = locate([clips[place] for place in drawn])
    return {"rbdc": found.regions, "tbdc": found.tracks}


def _look(result: ClipResult, tell: RegionFinder) -> list[Look]:
    masks = result.clip.read_masks()
    if masks is None:
        return []
    chosen = list(chosen_frames(result))
    height, width = chosen[0][1].evidence.heat.shape
    tracks = follow_tracks(masks, (height, width))
    return [
        compare(tracks[int(result.replayed.numbers[place])], tell(result, place, one))
        for place, one in chosen
    ]


def _tell_heat(result: ClipResult, place: int, one: ScoredFrame) -> tuple[ShownRegion, ...]:
    return tell_regions(one.evidence.heat, float(result.replayed.scores[place]))


def _tell_block(result: ClipResult, place: int, one: ScoredFrame) -> tuple[ShownRegion, ...]:
    """Tell the block that differs most from the picture before."""
    block = np.zeros(one.evidence.heat.shape, np.uint8)
    edges = result.replayed.blocks[place].reshape(2, 2) * np.array(block.shape)[:, None]
    (top, bottom), (left, right) = np.rint(edges).astype(int).tolist()
    block[top : max(bottom, top + 1), left : max(right, left + 1)] = 1
    return tell_regions(block, float(result.baseline[place]))


def _known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def _peak_is_inside(heat: Bytes, mask: Truth) -> bool:
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    y = int((row + 0.5) * mask.shape[0] / heat.shape[0])
    x = int((column + 0.5) * mask.shape[1] / heat.shape[1])
    return bool(mask[y, x])
