"""Whether the detector points at the right place, on frames that it chose from their chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anomaly.evaluation.regions import Look, follow_tracks, locate, tell_regions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anomaly.evaluation.figures import Truth
    from anomaly.evaluation.results import ClipResult
    from anomaly.types import Bytes, ScoredFrame


def chosen_frames(result: ClipResult) -> Iterator[tuple[int, ScoredFrame]]:
    """Give the places of the frames that speak for their chunks."""
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
    """Give the areas of region- and track-based detection, where there is pixel truth."""
    looks: list[Look] = []
    for number, result in enumerate(results):
        looks += _look(result, number)
    if not any(look.truth for look in looks):
        return {"rbdc": None, "tbdc": None}
    found = locate(looks)
    return {"rbdc": round(found.regions, 4), "tbdc": round(found.tracks, 4)}


def _look(result: ClipResult, number: int) -> Iterator[Look]:
    masks = result.clip.read_masks()
    if masks is None:
        return
    chosen = list(chosen_frames(result))
    height, width = chosen[0][1].evidence.heat.shape
    tracks = follow_tracks(masks, (height, width))
    first = number * len(masks) * height * width  # no track of one clip is one of another
    for place, one in chosen:
        there = tracks[int(result.replayed.numbers[place])]
        score = float(result.replayed.scores[place])
        yield Look(
            {first + track: cells for track, cells in there.items()},
            tell_regions(one.evidence.heat, score),
        )


def _peak_is_inside(heat: Bytes, mask: Truth) -> bool:
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    y = int((row + 0.5) * mask.shape[0] / heat.shape[0])
    x = int((column + 0.5) * mask.shape[1] / heat.shape[1])
    return bool(mask[y, x])
