"""Copies a frame that somebody judged, or that an alarm is about, into the evidence.

It lies in assignment's folder until then, with what belongs to it.
"""

import re
from hashlib import sha256
from pathlib import Path

from seda.decisions import Incident, Lease
from stages.alarm.office import Office
from stages.store.database import Transaction
from stages.store.evidence import Evidence
from stages.store.frames import PICTURE, Kept, list_files, note_frame

FILES_MAX = 200
FILE_BYTES_MAX = 16 * 1024 * 1024
_NAME = re.compile(r"(frame|usual|strip-\d{1,15})\.jpg|heat\.png|facts\.json")


def keep_frame(tx: Transaction, office: Office, lease: Lease) -> str:
    """Keep the frame that was judged; return what is wrong with it, if anything is.

    A decision is recorded all the same: the lease says which picture was shown.
    """
    contents = _read(office.frame_directory(lease.frame_id))
    known = contents.get(PICTURE)
    if known is None:
        is_kept = PICTURE in list_files(tx, lease.frame_id)
        return "" if is_kept else "assignment has let its picture go"
    if sha256(known).hexdigest() != lease.sha256:
        return "its picture is not the one that was shown"
    note_frame(tx, lease.frame_id, lease.camera, lease.root, keep_files(office.evidence, contents))
    return ""


def keep_shown(tx: Transaction, office: Office, incident: Incident) -> None:
    """Keep the frame that an alarm is about, if there is one and assignment still has it.

    An alarm stays open for longer than a frame waits; without its frame nobody could tell.
    """
    contents = _read(office.frame_directory(incident.frame_id)) if incident.frame_id else {}
    if PICTURE in contents:
        kept = keep_files(office.evidence, contents)
        note_frame(tx, incident.frame_id, incident.camera, incident.root, kept)


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
