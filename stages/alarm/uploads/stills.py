"""Makes of an uploaded picture what the detector makes of a camera's own: facts, heat, usual view.

The picture is compared with the camera's newest usual view. It was checked (jpeg_upload) and
decoded (decoding) before; here is what a thread beside the writer does with it.
"""

import os
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import attrs
import msgspec
import numpy as np
from PIL import Image

from anomaly.bands import band_of
from anomaly.causes.stills import explain_still
from anomaly.facts import encode_heat, facts_of
from anomaly.seeing.pictures import PictureError, shrink_picture
from anomaly.types import Bytes, ScoredFrame
from seda.disk import small_files
from seda.disk.small_files import Unreadable
from seda.messages import Band
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.replies import Invalid
from store.file.database import Refused, Transaction
from store.file.places import frames_directory
from store.frames import FACTS, HEAT, PICTURE, USUAL, find_newest

_TAKEN_S = 1000.0
"""When it says it was taken; nobody is shown that. A strip's times are counted from it."""
_JITTER = 0.02
"""A threat that somebody typed has two digits, a detector's has all of them."""


@attrs.frozen
class _Camera:
    """Of a frame's facts."""

    camera: str


@attrs.frozen
class Still:
    """A picture that was uploaded: whole, and as the detector sees it."""

    picture: bytes
    small: Bytes
    strip: Mapping[float, bytes] = attrs.Factory(dict)
    """Pictures of the same scene, by when they seem to be taken, counted from this one."""


def make_files(frame: tuple[str, str, float], still: Still, usual: bytes) -> dict[str, bytes]:
    """Return the files of a frame with this name, camera and threat."""
    name, camera, threat = frame
    now, then = still.small, _open_usual(usual)
    shown = blur_threat(name, threat)
    is_high = band_of(shown) is not Band.ORDINARY
    evidence = explain_still(_fit(now, then), then, threat=shown, is_high=is_high)
    scored = ScoredFrame(
        camera=camera,
        epoch=0,
        sequence=0,
        index=0,
        at_s=_TAKEN_S,
        raw=0.0,
        course=(),
        threats=(),
        threat=shown,
        band=band_of(shown),
        is_learning=False,
        evidence=evidence,
    )
    heat, facts = encode_heat(evidence.heat), msgspec.json.encode(facts_of(scored))
    strip = {f"strip-{round((_TAKEN_S + at_s) * 1000)}.jpg": it for at_s, it in still.strip.items()}
    return {PICTURE: still.picture, HEAT: heat, USUAL: usual, FACTS: facts, **strip}


def _open_usual(usual: bytes) -> Bytes:
    """Decode a usual view, which seda itself has made."""
    try:
        return shrink_picture(usual)
    except (PictureError, MemoryError) as error:
        raise Invalid(f"the camera's usual view cannot be read: {error}") from None


def blur_threat(name: str, threat: float) -> float:
    """Return a threat near by with all its digits, in the same band and the same each time."""
    chance = int.from_bytes(sha256(name.encode()).digest()[:6]) / 2**48
    near = threat + (chance - 0.5) * _JITTER
    is_same = 0 <= near <= 1 and band_of(near) is band_of(threat)
    return near if is_same else 2 * threat - near


def find_usual(tx: Transaction, context: AlarmContext, camera: str) -> bytes:
    """Return a camera's newest usual view, or refuse."""
    usual = _newest_usual(tx, context, camera)
    if usual is None:
        raise Refused(
            f"seda does not know yet how {camera} usually looks; add test frames once it was"
            " watched for a minute"
        )
    return usual


def _newest_usual(tx: Transaction, context: AlarmContext, camera: str) -> bytes | None:
    """Return the newest usual view: from what waits to be judged, or from what was judged."""
    for folder in newest_first(frames_directory(context.data_directory)):
        try:
            facts = small_files.read(folder / FACTS, _Camera)
            if facts is not None and facts.camera == camera:
                usual = small_files.read_bytes(folder / USUAL)
                if usual:
                    return usual
        except Unreadable as error:  # assignment's file, and not to be moved by this stage
            context.note_unreadable(error)
    return context.read_evidence(find_newest(tx, camera, USUAL)) or None


def newest_first(folder: Path) -> Iterator[Path]:
    """Return the folders of frames that assignment has, the newest first."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    try:
                        found.append((entry.stat().st_mtime, entry.path))
                    except FileNotFoundError:
                        continue
    except FileNotFoundError:
        return
    yield from (Path(path) for _, path in sorted(found, reverse=True))


def _fit(now: Bytes, usual: Bytes) -> Bytes:
    """Return a picture the size of the usual view."""
    if now.shape == usual.shape:
        return now
    size = usual.shape[1], usual.shape[0]
    return np.asarray(Image.fromarray(now).resize(size, Image.Resampling.BOX))
