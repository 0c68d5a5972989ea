"""A chunk judged by each account of its camera: what moves, what stays, the whole picture. Pure."""

import attrs
import numpy as np

from anomaly.bands import band_of
from anomaly.judging.findings import Findings
from anomaly.judging.movement import find_peaks, follow_movement, sum_tails
from anomaly.memory import CameraMemory
from anomaly.seeing.seen import Seen
from anomaly.tracks import STATE_KINDS, Kind
from anomaly.types import Floats
from anomaly.usual.calibration import (
    Bands,
    History,
    note_score,
    raw_at_border,
    threat_at,
    threat_of,
    upset_rate_per_h,
)
from seda.messages import Band, Stream

# Rarities are counted on the safe side: so much of one is as rare as this many nats.
_PLACE_SLOPE, _PLACE_FROM = np.float32(2.3), np.float32(1.2)
# For how long somebody looks low: from when on it counts and until when, and nats a second.
_LOW_FROM_S, _LOW_MOST_S, _LOW_UNTIL_S = np.float32(1.5), np.float32(6.0), np.float32(14.0)
_LOW_PER_S = np.float32(1.4)
_LOW_TRUSTED_AFTER_S = 600.0  # of footage: what is mistaken for it differs from camera to camera
_OTHER_LIGHT = np.float32(16.0)  # grey levels from the usual view's, at which motion counts half
_STEADY = np.full(3, 1 / 3, np.float32)  # pictures
_LEFT_CELLS = 2  # of what stays: a bag is small, and seconds of standing leave little noise


@attrs.frozen
class Judged:
    """What one account makes of a chunk."""

    stream: Stream
    chosen: int  # picture
    raw: float  # nats
    threat: float
    course: Floats  # nats by picture
    threats: Floats  # by picture


def judge_accounts(
    findings: Findings, seen: Seen, memory: CameraMemory, bands: Bands, *, frozen: bool
) -> list[Judged]:
    """Judge a chunk by every account; the most threatening comes first."""
    judged = [
        _judge_movement(findings, seen, memory, bands, frozen=frozen),
        _judge_standing(findings, memory, bands),
        _judge_place(findings, memory, bands),
        _judge_low(findings, memory, bands),
    ]
    if findings.overall.any():
        judged.append(_judge_overall(findings, memory, bands))
    return sorted(judged, key=lambda one: -one.threat)


def note_judged(judged: list[Judged], memory: CameraMemory, duration_s: float) -> None:
    """Take a chunk's scores into the histories of their accounts."""
    for one in judged:
        is_high = band_of(one.threat) is not Band.ORDINARY
        if one.stream == "overall":
            memory.history.upsets += 1
        else:
            history = account_of(memory, one.stream)
            note_score(history, one.raw, duration_s, is_high=is_high)


def account_of(memory: CameraMemory, stream: Stream) -> History:
    """Return the history that a stream is judged by."""
    return {"standing": memory.standing, "place": memory.place, "low": memory.low}.get(
        stream, memory.history
    )


def find_untaught(findings: Findings, one: Judged, memory: CameraMemory) -> tuple[float, int]:
    """Return the evidence as it is without lessons, and the picture that it is from."""
    streams = findings.untaught
    if streams is None:
        return one.raw, one.chosen
    if one.stream == "standing":
        return float(_standing_peak(streams.standing)), one.chosen
    if one.stream == "place":
        nats = _place_nats(streams.tracked)
    elif one.stream == "low":
        nats = _low_nats(streams.tracked)
    else:
        nats = sum_tails(find_peaks(streams), memory.streams)
        if len(nats) >= len(_STEADY):  # a single picture's flash would have been smoothed
            nats = np.convolve(nats, _STEADY, "same")
    chosen = int(nats.argmax())
    return float(nats[chosen]), chosen


def keep_in_top_band(raw: float, untaught: float, history: History, bands: Bands) -> float:
    """Undo what lessons took from evidence that would be in the top band without them."""
    if raw >= untaught:
        return raw
    border = raw_at_border(history, Band.ALARMING, bands)
    return border if untaught >= border > raw else raw


def rejudge(judged: Judged, raw: float, chosen: int, memory: CameraMemory, bands: Bands) -> Judged:
    """Return the same with other evidence."""
    if judged.stream == "low":
        threat = _low_threat(memory, raw, bands)
    else:
        threat = threat_of(account_of(memory, judged.stream), raw, bands)
    return attrs.evolve(judged, raw=raw, chosen=chosen, threat=threat)


def _judge_movement(
    findings: Findings, seen: Seen, memory: CameraMemory, bands: Bands, *, frozen: bool
) -> Judged:
    course = follow_movement(findings.streams, seen, memory.streams, frozen=frozen)
    trust = _trust_motion(seen, memory)
    chosen = int(np.argmax((course.shown + 1e-3 * course.peaks) * trust))
    raw, nats = float(course.shown[chosen] * trust[chosen]), course.nats * trust
    threats = [threat_of(memory.history, value, bands) for value in nats.tolist()]
    return Judged(
        "moving", chosen, raw, threat_of(memory.history, raw, bands), nats,
        np.array(threats, np.float32),
    )  # fmt: skip


def _trust_motion(seen: Seen, memory: CameraMemory) -> Floats:
    """Say how far motion is believed: in another light, edges that stand still seem to move."""
    trust = np.float32(memory.background.trust if memory.background else 0)
    return np.asarray(trust / (1 + (seen.light[-seen.fresh :] / _OTHER_LIGHT) ** 4), np.float32)


def _judge_standing(findings: Findings, memory: CameraMemory, bands: Bands) -> Judged:
    standing = findings.streams.standing
    raw = _standing_peak(standing)
    threat = threat_of(memory.standing, raw, bands)
    every = np.ones(len(standing), np.float32)
    # What stays was looked for in the last picture.
    return Judged("standing", len(standing) - 1, raw, threat, every * raw, every * threat)


def _judge_place(findings: Findings, memory: CameraMemory, bands: Bands) -> Judged:
    """Judge whether something goes where, or as fast as, its like hardly ever does there."""
    nats = _place_nats(findings.streams.tracked)
    chosen = int(nats.argmax())
    threats = [threat_of(memory.place, value, bands) for value in nats.tolist()]
    return Judged(
        "place", chosen, float(nats[chosen]), threats[chosen], nats, np.array(threats, np.float32)
    )


def _judge_low(findings: Findings, memory: CameraMemory, bands: Bands) -> Judged:
    """Judge for how long somebody has looked as if they lay or crawled."""
    nats = _low_nats(findings.streams.tracked)
    chosen = int(nats.argmax())
    threats = [_low_threat(memory, value, bands) for value in nats.tolist()]
    return Judged(
        "low", chosen, float(nats[chosen]), threats[chosen], nats, np.array(threats, np.float32)
    )


def _low_threat(memory: CameraMemory, nats: float, bands: Bands) -> float:
    """Return the threat of so many nats; none until the camera has shown how often it errs."""
    if memory.low.seen_s < _LOW_TRUSTED_AFTER_S:
        return 0.0
    return threat_of(memory.low, nats, bands)


def _low_nats(tracked: Floats) -> Floats:
    """Return the nats of seconds: a glance alone is often wrong, and what lasts is told already."""
    seconds = tracked[:, Kind.LOW]
    nats = _LOW_PER_S * (np.minimum(seconds, _LOW_MOST_S) - _LOW_FROM_S)
    return np.where((seconds > _LOW_FROM_S) & (seconds < _LOW_UNTIL_S), nats, 0).astype(np.float32)


def _place_nats(tracked: Floats) -> Floats:
    """Return the nats of rare ways and speeds, or of an hour at which nothing ever is there."""
    rarity = tracked[:, STATE_KINDS].max(1)
    odd = _PLACE_SLOPE * np.maximum(rarity - _PLACE_FROM, 0)
    return np.asarray(np.maximum(odd, tracked[:, Kind.HOUR]), np.float32)


def _standing_peak(standing: Floats) -> float:
    """Return the mean of the strongest cells of the last picture."""
    cells = np.sort(standing[-1].ravel())[-_LEFT_CELLS:]
    return float(cells.sum() / _LEFT_CELLS)


def _judge_overall(findings: Findings, memory: CameraMemory, bands: Bands) -> Judged:
    """Judge a sudden overall change by how often the camera had one, however strong it is."""
    threat = threat_at(upset_rate_per_h(memory.history), bands)
    chosen = int(findings.overall.argmax())
    threats = np.where(findings.overall > 0, np.float32(threat), np.float32(0))
    return Judged(
        "overall", chosen, float(findings.overall[chosen]), threat, findings.overall, threats
    )
