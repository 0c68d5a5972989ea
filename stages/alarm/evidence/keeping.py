"""Copies a frame that somebody judged, or that an alarm is about, into the evidence.

It lies in assignment's folder until then, with what belongs to it.
"""

import re
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path

from seda.decisions import Incident, Lease
from seda.disk import room
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.pending_evidence import Judged
from store.evidence import Evidence
from store.file.database import Transaction
from store.frames import FACTS, PICTURE, Kept, list_files, note_frame

FILES_MAX = 200
FRAMES_AT_ONCE = 16
"""Of many: some megabytes in memory."""
FILE_BYTES_MAX = 16 * 1024 * 1024
JOINED = "joined.json"
"""Which frames of other cameras were decided with it."""
_NAME = re.compile(r"(frame|usual|strip-\d{1,15})\.jpg|heat\.png|(facts|joined)\.json")


def keep_frame(tx: Transaction, context: AlarmContext, lease: Lease) -> str:
    """Keep the frame that was judged; return what is wrong with it, if anything is.

    A decision is recorded all the same: the lease says which picture was shown.
    """
    return keep_judged(tx, context, Judged(lease.frame_id, lease.camera, lease.root, lease.sha256))


def keep_judged(tx: Transaction, context: AlarmContext, frame: Judged) -> str:
    """Keep a frame that was judged; return what is wrong with it, if anything is."""
    contents = _read(context.frame_directory(frame.frame_id))
    known = contents.get(PICTURE)
    if known is None:
        if PICTURE in list_files(tx, frame.frame_id):
            return ""
        context.pending_evidence.note(frame, tx.at_s)
        return "assignment has let its picture go, or found no room for it yet"
    if sha256(known).hexdigest() != frame.sha256:
        return "its picture is not the one that was shown"
    return _keep(tx, context, frame, contents)


def keep_many(
    tx: Transaction, context: AlarmContext, frames: Sequence[Judged], *, is_flagged: bool
) -> dict[str, str]:
    """Keep frames that were judged together; return what is wrong with which, if anything is.

    Syncs share the journal, and nobody else's verdict is recorded meanwhile: so many at a time.
    Where nothing was found they are kept without what was before and after: an evening on 200
    cameras would fill a month's room in days.
    """
    wrong: dict[str, str] = {}
    for start in range(0, len(frames), FRAMES_AT_ONCE):
        some = frames[start : start + FRAMES_AT_ONCE]
        found = {it: _read(context.frame_directory(it.frame_id)) for it in some}
        if not is_flagged:
            found = {it: _without_strip(contents) for it, contents in found.items()}
        whole = {it: contents for it, contents in found.items() if _is_whole(it, contents)}
        kept = _keep_together(tx, context, whole)
        left = [it for it in some if it not in kept]
        wrong |= {it.frame_id: why for it in left if (why := keep_judged(tx, context, it))}
    return wrong


def _without_strip(contents: dict[str, bytes]) -> dict[str, bytes]:
    return {name: contents[name] for name in (PICTURE, FACTS) if name in contents}


def _is_whole(frame: Judged, contents: dict[str, bytes]) -> bool:
    return PICTURE in contents and sha256(contents[PICTURE]).hexdigest() == frame.sha256


def _keep_together(
    tx: Transaction, context: AlarmContext, frames: dict[Judged, dict[str, bytes]]
) -> set[Judged]:
    """Keep all of it, or nothing where the disk is full; return what is kept."""
    files = {(it, name): content for it, some in frames.items() for name, content in some.items()}
    try:
        digests = context.evidence.keep_all(list(files.values()))
    except OSError as error:
        if not room.is_full(error):
            raise
        return set()
    kept: dict[Judged, list[Kept]] = {it: [] for it in frames}
    for ((frame, name), content), digest in zip(files.items(), digests, strict=True):
        kept[frame].append(Kept(name, digest, len(content)))
    for frame, some in kept.items():
        note_frame(tx, frame.frame_id, frame.camera, frame.root, some)
    return set(kept)


def keep_shown(tx: Transaction, context: AlarmContext, incident: Incident) -> None:
    """Keep the frame that an alarm is about, if there is one and assignment still has it.

    An alarm stays open for longer than a frame waits; without its frame nobody could tell.
    """
    contents = _read(context.frame_directory(incident.frame_id)) if incident.frame_id else {}
    if PICTURE in contents:
        frame = Judged(incident.frame_id, incident.camera, incident.root)
        _keep(tx, context, frame, contents)


def _keep(tx: Transaction, context: AlarmContext, frame: Judged, contents: dict[str, bytes]) -> str:
    """Keep all of it, or the picture alone, out of the room that is reserved for that.

    Returns what a full disk did not take. That is tried again for as long as assignment has it.
    """
    for some in (contents, {PICTURE: contents[PICTURE]}):
        try:
            keep = partial(keep_files, context.evidence, some)
            kept = context.evidence_reserve.insist(keep)
        except OSError as error:
            if not room.is_full(error):
                raise
            context.pending_evidence.note(frame, tx.at_s)
            context.count_refused()
            continue
        note_frame(tx, frame.frame_id, frame.camera, frame.root, kept)
        if some is contents:
            return ""
        return "the disk is full: of its pictures only the one that was judged is kept so far"
    return "the disk is full: its pictures are not kept so far"


def keep_late(tx: Transaction, context: AlarmContext, frame: Judged) -> bool:
    """Keep what a full disk did not take before; say whether it is done with."""
    contents = _read(context.frame_directory(frame.frame_id))
    known = contents.get(PICTURE)
    if known is None:
        return False  # assignment may write it yet
    if frame.sha256 and sha256(known).hexdigest() != frame.sha256:
        return True
    try:
        kept = keep_files(context.evidence, contents)
    except OSError as error:
        if not room.is_full(error):
            raise
        return False
    note_frame(tx, frame.frame_id, frame.camera, frame.root, kept)
    tx.note("evidence kept late", frame.root, "seda", {"frame": frame.frame_id}, frame.sha256)
    return True


def keep_files(evidence: Evidence, contents: dict[str, bytes]) -> list[Kept]:
    """Bring files to the disk."""
    digests = evidence.keep_all(list(contents.values()))
    return [
        Kept(name, digest, len(content))
        for (name, content), digest in zip(contents.items(), digests, strict=True)
    ]


def _read(folder: Path) -> dict[str, bytes]:
    """Read what there is; files may come and go meanwhile."""
    if "/" in folder.name or folder.name.startswith("."):
        return {}
    contents = {}
    try:
        paths = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    for path in paths[:FILES_MAX]:
        try:
            if path.stat().st_size <= FILE_BYTES_MAX:
                contents[path.name] = path.read_bytes()
        except FileNotFoundError:
            continue
    return contents
