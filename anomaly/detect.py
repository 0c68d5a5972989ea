"""Detection's one door: batches of several cameras in, one scored frame a batch out.

Knows the order of the steps and which of them are shared between cameras: pictures of all
batches that have one size go through the motion graph together. A batch that cannot be judged
becomes `Unscored` with the reason and leaves its camera's memory as it was; the others are not
touched by it.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.appearance import AppearanceGraph, cut_things
from anomaly.bands import band_of
from anomaly.breaches.watching import show_in, watch_objects, watch_tracks
from anomaly.causes.evidence import explain_picture, find_mark
from anomaly.causes.objects import look_at, note_look, weigh_look
from anomaly.features import STEPS_BACK, MotionGraph, Stack
from anomaly.judging.accounts import (
    Judged,
    account_of,
    find_untaught,
    judge_accounts,
    keep_in_top_band,
    note_judged,
    rejudge,
)
from anomaly.judging.findings import Findings, Streams
from anomaly.judging.judgement import judge_maps, learn_properties
from anomaly.judging.together import note_together, raise_together, weigh_together
from anomaly.memory import CameraMemory
from anomaly.plugins.detector import ObjectDetector
from anomaly.rules import Rules, leading, raise_by
from anomaly.seeing.background import (
    REACH,
    follow_pictures,
    light_of,
    start_background,
)
from anomaly.seeing.captions import Captions, clear_text, start_captions
from anomaly.seeing.pictures import PictureError, enlarge_picture, is_blank, shrink_picture
from anomaly.seeing.seen import Looker, Seen
from anomaly.sessions import GraphError
from anomaly.types import Batch, Bytes, Floats, ScoredFrame, Unscored
from anomaly.usual.calibration import Bands
from anomaly.usual.clock import fit_times
from anomaly.usual.habits import hold_back, start_habits
from anomaly.usual.lessons import people_for
from anomaly.zones import hold_cells, weigh_cells
from conf.schema import Zone
from seda.messages import Band

LONGEST_GAP_S = 2.0  # between pictures; after a longer one there is no motion to speak of
_PEOPLE_FOR_TOP = 2
_RESIZED = "its pictures have another shape than before, so its usual view is learned anew"
_BLANK = "its pictures are blank: nothing can be seen, so nothing can be judged"


@attrs.frozen
class Settings:
    """What a person configured for one camera."""

    bands: Bands = attrs.field(factory=Bands)
    zones: tuple[Zone, ...] = ()
    rules: Rules = attrs.field(factory=Rules)
    objects: ObjectDetector | None = None  # adds boxes, and may break rules for labels
    time_zone: dt.tzinfo | None = None  # of hours; the machine's without one
    is_frozen: bool = False  # judge only, learn nothing (evaluation)


@attrs.frozen
class Call:
    """One batch with its camera's memory (changed by the call) and settings."""

    batch: Batch
    memory: CameraMemory
    settings: Settings = attrs.field(factory=Settings)


@attrs.frozen
class _Prepared:
    call: Call
    seen: Seen
    places: tuple[int, ...]  # of the judged pictures in the batch
    problems: tuple[str, ...]


def detect_anomaly(calls: Sequence[Call], graph: MotionGraph) -> list[ScoredFrame | Unscored]:
    """Judge several batches; give one outcome each, in their order."""
    outcomes: dict[int, ScoredFrame | Unscored] = {}
    sizes: dict[tuple[int, ...], list[tuple[int, _Prepared]]] = {}
    for number, call in enumerate(calls):
        prepared = _prepare(call)
        if isinstance(prepared, Unscored):
            outcomes[number] = prepared
        else:
            sizes.setdefault(prepared.seen.frames.shape[1:], []).append((number, prepared))
    for group in sizes.values():
        outcomes.update(_judge_group(group, graph))
    return [outcomes[number] for number in range(len(calls))]


def _judge_group(
    group: list[tuple[int, _Prepared]], graph: MotionGraph
) -> dict[int, ScoredFrame | Unscored]:
    """Run the graph once for batches of one size."""
    try:
        maps = graph.run(_stack([prepared for _, prepared in group]))
    except GraphError as error:
        return {number: _unscored(prepared.call, str(error)) for number, prepared in group}
    outcomes: dict[int, ScoredFrame | Unscored] = {}
    start = 0
    for number, prepared in group:
        end = start + prepared.seen.fresh
        outcomes[number] = _judge_one(prepared, maps[start:end], graph.appearance)
        start = end
    return outcomes


def _judge_one(
    prepared: _Prepared, maps: Floats, appearance: AppearanceGraph
) -> ScoredFrame | Unscored:
    if not np.isfinite(maps).all():
        return _unscored(prepared.call, "the motion graph's output is not finite")
    call = prepared.call
    seen = attrs.evolve(prepared.seen, look=_looker(prepared, appearance))
    memory, settings = call.memory, call.settings
    if memory.captions is not None:
        clear_text(memory.captions, seen, maps, frozen=settings.is_frozen)
    findings = judge_maps(seen, maps, memory, frozen=settings.is_frozen)
    findings = _leave_out_text(findings, memory.captions)
    findings = _apply_zones(findings, call, seen)
    together = weigh_together(findings.streams, memory)
    judged = judge_accounts(findings, seen, memory, settings.bands, frozen=settings.is_frozen)
    alone = _keep_in_top_band(judged, findings, call)
    judged = raise_together(alone, together, memory, settings.bands)
    told = judged[0]
    breaches = watch_tracks(settings.rules, findings, seen, memory)
    first = leading(breaches, told.threat)
    shown = told.chosen if first is None else first.picture
    look = look_at(call.batch.pictures[prepared.places[shown]], settings.objects, memory.camera)
    weighed, objects = weigh_look(look, told, findings, memory, settings.bands)
    band = band_of(weighed.threat)
    breaches = show_in(breaches, shown, findings, seen, memory)
    evidence = explain_picture(
        findings, shown, told.stream, memory, is_high=band is not Band.ORDINARY, objects=objects
    )
    place = prepared.places[shown]
    scored = ScoredFrame(
        call.batch.camera, call.batch.epoch, call.batch.sequence,
        place, call.batch.pictures[place].at_s, weighed.raw,
        _highest(one.course for one in judged), _highest(one.threats for one in judged),
        weighed.threat, band, memory.history.is_learning, evidence, prepared.problems,
        look.problem,
    )  # fmt: skip
    if not settings.is_frozen:
        learn_properties(findings, seen, memory)
        note_look(objects, told, memory, seen.duration_s)
        note_together(together, told.threat, memory, seen.duration_s)
    _close_chunk(seen, memory, alone, settings)
    if call.batch.arrived_s is not None and not settings.is_frozen:
        memory.clock.note(call.batch.arrived_s, seen.duration_s)
    breaches += watch_objects(settings.rules, objects.boxes, shown, scored.at_s, memory)
    return raise_by(breaches, scored)


def _looker(prepared: _Prepared, appearance: AppearanceGraph) -> Looker:
    """Return what cuts things out of a larger picture and says what they look like."""
    batch, places, seen = prepared.call.batch, prepared.places, prepared.seen

    def look(number: int, difference: Bytes, boxes: Floats) -> Floats:
        picture = batch.pictures[places[number]]
        try:
            large = enlarge_picture(
                picture.content if picture.whole is None else bytes(picture.whole)
            )
        except PictureError:  # the small one was made in time: it serves, with less detail
            large = seen.frames[len(seen.frames) - seen.fresh + number]
        return appearance.run(cut_things(large, difference, boxes))

    return look


def _leave_out_text(findings: Findings, captions: Captions | None) -> Findings:
    """Let the energy of what the camera writes count for nothing; its maps are clear already."""
    if captions is None or not captions.is_text.any():
        return findings

    def without(streams: Streams) -> Streams:
        energy = np.where(captions.is_text, np.float32(0), streams.energy)
        return attrs.evolve(streams, energy=energy)

    untaught = findings.untaught and without(findings.untaught)
    return attrs.evolve(findings, streams=without(findings.streams), untaught=untaught)


def _highest(courses: Iterable[Floats]) -> tuple[float, ...]:
    """Return the highest value of every picture."""
    return tuple(np.max(list(courses), axis=0).tolist())


def _hour(at_s: float, zone: dt.tzinfo | None) -> float:
    moment = dt.datetime.fromtimestamp(at_s, zone)  # without a zone the machine's clock
    return moment.hour + moment.minute / 60


def _close_chunk(
    seen: Seen, memory: CameraMemory, judged: list[Judged], settings: Settings
) -> None:
    fresh = slice(-seen.fresh, None)
    if memory.background is None:
        return
    if settings.is_frozen:
        memory.background.recent = seen.frames[-REACH:]
        memory.background.recent_at_s = seen.at_s[-REACH:]
        return
    times = seen.at_s[fresh]
    is_hidden = memory.habits is not None and memory.habits.pending_s > 0
    frames, light = seen.frames[fresh], seen.light[fresh]
    follow_pictures(memory.background, frames, light, times, is_hidden=is_hidden)
    note_judged(judged, memory, seen.duration_s)


def _keep_in_top_band(judged: list[Judged], findings: Findings, call: Call) -> list[Judged]:
    """Undo what one person alone has taught where it would lower a frame out of the top band."""
    if findings.untaught is None:
        return judged
    memory, bands = call.memory, call.settings.bands
    kept = []
    for one in judged:
        raw, picture = one.raw, one.chosen
        if one.stream != "overall":
            untaught, picture = find_untaught(findings, one, memory)
            raw = keep_in_top_band(raw, untaught, account_of(memory, one.stream), bands)
        if raw > one.raw:
            mark = find_mark(findings, picture, one.stream, memory)
            if people_for(memory.lessons, mark) < _PEOPLE_FOR_TOP:
                one = rejudge(one, raw, picture, memory, bands)  # noqa: PLW2901
        kept.append(one)
    return sorted(kept, key=lambda one: -one.threat)


def _watched(settings: Settings, at_s: float, cells: tuple[int, int]) -> Floats | None:
    """Return how much of every cell the zones leave; what is stressed counts as any other."""
    if not settings.zones:
        return None
    return np.minimum(weigh_cells(settings.zones, _hour(at_s, settings.time_zone), cells), 1)


def _apply_zones(findings: Findings, call: Call, seen: Seen) -> Findings:
    zones, habits = call.settings.zones, call.memory.habits
    if not zones or habits is None:
        return findings
    streams = findings.streams
    cells = streams.moving.shape[1:]
    hour = _hour(seen.at_s[-1], call.settings.time_zone)
    weights = weigh_cells(zones, hour, (cells[0], cells[1]))
    hold = hold_cells(zones, hour, (cells[0], cells[1]))
    moved = stood = weights
    if hold.any():
        lasting = hold_back(streams.moving * weights, hold, habits, seen.duration_s / seen.fresh)
        moved = weights * ((hold <= 0) | (lasting > 0))
        stood = weights * (habits.still_s >= hold)
    streams = streams.weigh(moved, stood, findings.followed)
    untaught = findings.untaught
    if untaught is not None:
        untaught = untaught.weigh(moved, stood, findings.followed)
    return attrs.evolve(findings, streams=streams, untaught=untaught)


def _prepare(call: Call) -> _Prepared | Unscored:
    """Decode a batch's pictures and find what the network needs beside each."""
    batch, memory = call.batch, call.memory
    frames, places, problems = _decode(batch)
    if not frames:
        reason = "; ".join(problems) if problems else "the batch holds no pictures"
        return _unscored(call, reason)
    fresh = np.stack(frames)
    problems += _meet_size(memory, fresh)
    if is_blank(fresh[-1]):
        problems.append(_BLANK)
    background = memory.background
    if background is None:  # _meet_size has made one
        raise AssertionError
    most_s = np.inf if batch.arrived_s is None else memory.clock.most_s(batch.arrived_s)
    fitted = fit_times([batch.pictures[place].at_s for place in places], most_s)
    times = [*background.recent_at_s, *fitted]
    which, have = _history(times, len(frames))
    watched = _watched(call.settings, times[-1], background.cells)
    shown = np.concatenate([background.recent, fresh])
    light = light_of(background, shown, watched)
    hour = _hour(times[-1], call.settings.time_zone)
    seen = Seen(shown, times, len(frames), light, which, have, watched, hour, most_s)
    return _Prepared(call, seen, tuple(places), tuple(problems))


def _decode(batch: Batch) -> tuple[list[Bytes], list[int], list[str]]:
    """Return the usable pictures with their places; those of another size are left."""
    decoded: list[tuple[int, Bytes]] = []
    problems: list[str] = []
    last_s = -np.inf
    for place, picture in enumerate(batch.pictures):
        if picture.at_s <= last_s:
            problems.append(f"picture {place}: is not later than the one before it")
            continue
        try:
            decoded.append((place, shrink_picture(picture.content)))
            last_s = picture.at_s
        except PictureError as error:
            problems.append(f"picture {place}: {error}")
    if decoded:
        size = decoded[-1][1].shape
        problems += [
            f"picture {place}: is of another size than the newest"
            for place, frame in decoded
            if frame.shape != size
        ]
        decoded = [(place, frame) for place, frame in decoded if frame.shape == size]
    return [frame for _, frame in decoded], [place for place, _ in decoded], problems


def _meet_size(memory: CameraMemory, fresh: Bytes) -> list[str]:
    """Begin background and habits anew where the camera is new or its picture has another size."""
    known = memory.background
    if known is not None and known.picture.shape == fresh.shape[1:]:
        return []
    memory.background = start_background(fresh)
    memory.habits = start_habits(memory.background.cells)
    memory.tracks = None
    memory.captions = start_captions(memory.background.cells)
    memory.rules.clear()
    return [] if known is None else [_RESIZED]


def _history(times: list[float], fresh: int) -> tuple[NDArray[np.int64], Floats]:
    """Find the pictures of each step back, and which there are without a gap between."""
    count = len(times)
    now = np.arange(count - fresh, count)
    which = now[:, None] - np.array(STEPS_BACK)[None, :]
    gaps = np.diff(np.array(times))
    breaks = np.flatnonzero((gaps > LONGEST_GAP_S) | (gaps <= 0)) + 1
    first = np.zeros(count, np.int64)
    for start in breaks:
        first[start:] = start
    have = which >= first[now][:, None]
    return np.maximum(which, 0), have.astype(np.float32)


def _stack(group: list[_Prepared]) -> Stack:
    """Put the inputs of several batches together."""
    seen = [prepared.seen for prepared in group]
    starts = np.cumsum([0, *(len(one.frames) for one in seen)])
    backgrounds = [prepared.call.memory.background for prepared in group]
    return Stack(
        frames=np.concatenate([one.frames for one in seen]),
        light=np.concatenate([one.light for one in seen]),
        backgrounds=np.stack([one.picture for one in backgrounds if one is not None]),
        camera=np.repeat(np.arange(len(seen)), [len(one.frames) for one in seen]),
        which=np.concatenate(
            [
                np.where(one.have > 0, one.which + start, -1)
                for one, start in zip(seen, starts, strict=False)
            ]
        ),
    )


def _unscored(call: Call, reason: str) -> Unscored:
    batch = call.batch
    return Unscored(batch.camera, batch.epoch, batch.sequence, f'camera "{batch.camera}": {reason}')
