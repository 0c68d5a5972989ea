"""Test frames: adding pictures whose answer is known, and using them no more.

A test frame has a name of its own, made by chance, so that nothing links it to what it was.
"""

from hashlib import sha256
from secrets import token_hex

from seda import decisions
from spotter_web import views
from spotter_web.forms import TestFrameForm, TestFrameQuery
from stages.alarm.jpeg_upload import clean_jpeg
from stages.alarm.keeping import keep_files
from stages.alarm.office import Office
from stages.alarm.replies import Reply, Told
from stages.alarm.requests import Request
from stages.alarm.store import known_frames
from stages.alarm.store.database import Missing, Refused, Transaction
from stages.alarm.store.evidence import Evidence
from stages.alarm.store.frames import PICTURE, find_file, link_frame, note_frame
from stages.alarm.store.known_frames import KnownFrame

IN_USE_MAX = 1000


def upload(office: Office, request: Request, tx: Transaction) -> Reply:
    """Add a picture."""
    query = request.query(TestFrameQuery)
    if office.camera(query.camera) is None or not request.sees(query.camera):
        raise Refused(f"there is no camera {query.camera}")
    picture = clean_jpeg(request.content)
    frame = KnownFrame(
        frame_id=token_hex(12),
        camera=query.camera,
        threat=query.threat,
        is_target=query.is_target,
        frame_sha256=sha256(picture).hexdigest(),
    )
    _refuse_known(tx, frame.frame_sha256)
    files = keep_files(office.evidence, {PICTURE: picture})
    note_frame(tx, frame.frame_id, frame.camera, frame.frame_id, files)
    return _add(tx, request, frame, picture)


def confirm(office: Office, request: Request, tx: Transaction) -> Reply:
    """Use a frame that was decided."""
    form = request.form(TestFrameForm)
    row = tx.one(
        "SELECT camera, threat FROM verdicts WHERE incident_id = ? AND NOT is_test LIMIT 1",
        form.frame_id,
    )
    digest = find_file(tx, form.frame_id, PICTURE)
    if row is None or digest is None or not request.sees(row["camera"]):
        raise Missing("there is no decided frame of that name with its picture")
    _refuse_known(tx, digest)
    frame = KnownFrame(
        frame_id=token_hex(12),
        camera=row["camera"],
        threat=row["threat"],
        is_target=form.is_target,
        frame_sha256=digest,
    )
    picture = office.evidence.locate(digest).read_bytes()
    link_frame(tx, form.frame_id, frame.frame_id)
    return _add(tx, request, frame, picture)


def withdraw(_: Office, request: Request, tx: Transaction) -> Reply:
    """Use a test frame no more."""
    frame_id = request.ask.path["frame_id"]
    known = known_frames.find_known_frame(tx, frame_id)
    if known is None or not request.sees(known.camera):
        raise Missing(f"there is no test frame {frame_id}")
    known_frames.withdraw_known_frame(tx, frame_id, request.actor)
    return Reply(204, told=(tell_withdrawn(known),))


def tell_known(known: KnownFrame, picture: bytes) -> Told:
    """Give what assignment is told of a test frame."""
    body = decisions.KnownFrame(known.frame_id, known.camera, known.threat)
    return Told("test_frame", known.camera, body, (picture,))


def tell_withdrawn(known: KnownFrame) -> Told:
    """Give what assignment is told of one that is used no more."""
    body = decisions.KnownFrame(known.frame_id, known.camera, known.threat, is_withdrawn=True)
    return Told("test_frame", known.camera, body)


def read_picture(evidence: Evidence, known: KnownFrame) -> bytes | None:
    """Give a test frame's picture; None where somebody has removed it."""
    try:
        return evidence.locate(known.frame_sha256).read_bytes()
    except FileNotFoundError:
        return None


def _refuse_known(tx: Transaction, digest: str) -> None:
    in_use = known_frames.list_in_use(tx)
    if len(in_use) >= IN_USE_MAX:
        raise Refused(f"{IN_USE_MAX} test frames are in use; withdraw one first")
    if known_frames.find_by_picture(tx, digest) is not None:
        raise Refused("this picture is a test frame already; withdraw that one first")


def _add(tx: Transaction, request: Request, frame: KnownFrame, picture: bytes) -> Reply:
    known_frames.add_known_frame(tx, frame, request.actor)
    view = views.TestFrame(
        frame_id=frame.frame_id,
        camera=frame.camera,
        threat=frame.threat,
        is_target=frame.is_target,
        added_by=request.actor,
        added_s=tx.at_s,
        answers=0,
    )
    return Reply(201, view, told=(tell_known(frame, picture),))
