"""Test frames that are uploaded: a picture is checked, decoded, explained, and becomes one.

Apart from the other routes, because explaining a picture takes what the detector takes: numpy and
a decoder. Whoever only writes the store, as `seda user` does, needs neither.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256
from secrets import token_hex

import attrs
import trio

from spotter_web.forms import TestFrameQuery
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.evidence.keeping import keep_files
from stages.alarm.replies import Reply
from stages.alarm.requests import Request
from stages.alarm.routes.frames import STRIP_MAX, add, refuse_known
from stages.alarm.uploads.decoding import Decoders
from stages.alarm.uploads.jpeg_upload import clean_jpeg
from stages.alarm.uploads.stills import Still, find_usual, make_files, newest_first
from stages.alarm.uploads.strip_times import offsets_like
from store.file.database import Change, Refused, Transaction, read
from store.file.places import frames_directory, store_path
from store.frames import note_frame
from store.known_frames import KnownFrame


@attrs.frozen
class _Checked:
    """An upload that may become a frame, if its picture can be decoded."""

    frame: KnownFrame
    picture: bytes
    usual: bytes
    strip_s: tuple[float, ...]


async def prepare_upload(context: AlarmContext, request: Request, decoders: Decoders) -> Change:
    """Check a picture, decode and explain it, which takes long; give the change that adds it."""
    checked = await trio.to_thread.run_sync(_check, context, request)
    frame, times_s = checked.frame, checked.strip_s
    decoded = await decoders.decode(checked.picture, len(times_s))
    neighbours = [clean_jpeg(it) for it in decoded.neighbours]
    strip = dict(zip(times_s, neighbours, strict=False))  # none of a picture that is too large
    still = Still(checked.picture, decoded.small, strip)
    about = frame.frame_id, frame.camera, frame.threat
    files = await trio.to_thread.run_sync(make_files, about, still, checked.usual)
    return partial(_upload, context, request, frame, files)


def _check(context: AlarmContext, request: Request) -> _Checked:
    """See what can be seen before anything is decoded, or refuse."""
    query = request.query(TestFrameQuery)
    if context.camera(query.camera) is None or not request.sees(query.camera):
        raise Refused(f"there is no camera {query.camera}")
    picture = clean_jpeg(request.content)
    frame = KnownFrame(
        frame_id=token_hex(12),
        camera=query.camera,
        threat=query.threat,
        is_target=query.is_target,
        frame_sha256=sha256(picture).hexdigest(),
    )
    with read(store_path(context.data_directory)) as tx:
        refuse_known(tx, frame.frame_sha256)
        usual = find_usual(tx, context, query.camera)
    folders = newest_first(frames_directory(context.data_directory))
    return _Checked(frame, picture, usual, offsets_like(folders, query.camera)[:STRIP_MAX])


def _upload(
    context: AlarmContext,
    request: Request,
    frame: KnownFrame,
    files: dict[str, bytes],
    tx: Transaction,
) -> Reply:
    refuse_known(tx, frame.frame_sha256)
    kept = keep_files(context.evidence, files)
    note_frame(tx, frame.frame_id, frame.camera, frame.frame_id, kept)
    return add(tx, context, request, frame)


Prepare = Callable[[AlarmContext, Request, Decoders], Awaitable[Change]]
PREPARED: dict[str, Prepare] = {"upload_test_frame": prepare_upload}
"""By the names of spotter_web/routes.py: what takes long before anything is written."""
