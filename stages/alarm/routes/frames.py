"""Test frames: using decided ones whose answer is known, telling of them, and using them no more.

A test frame has a name of its own, made by chance, so that nothing links it to what it was.
"""

from secrets import token_hex

import attrs

from seda import decisions
from seda.codec import encode_body
from seda.disk import small_files
from seda.disk.small_files import Unreadable
from seda.messages import ScoredFacts
from spotter_web import views
from spotter_web.forms import TestFrameForm
from stages.alarm.alarm_context import AlarmContext
from stages.alarm.replies import Notice, Reply
from stages.alarm.requests import Request
from store import known_frames
from store.file.database import Missing, Refused, Transaction
from store.frames import (
    FACTS,
    HEAT,
    PICTURE,
    USUAL,
    find_file,
    find_files,
    link_frame,
)
from store.known_frames import KnownFrame

IN_USE_MAX = 1000
STRIP_MAX = 16
TOLD_BYTES_MAX = 32 * 1024 * 1024
"""Of all pictures of one frame; of a larger strip the last ones stay away."""
FACTS_BYTES_MAX = 32 * 1024
BOXES_MAX = 10
"""Of facts that are longer."""


def confirm(context: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Use a frame that was decided."""
    form = request.form(TestFrameForm)
    row = tx.one(
        "SELECT camera, threat FROM verdicts WHERE incident_id = ? AND NOT is_test LIMIT 1",
        form.frame_id,
    )
    digest = find_file(tx, form.frame_id, PICTURE)
    if row is None or digest is None or not request.sees(row["camera"]):
        raise Missing("there is no decided frame of that name with its picture")
    refuse_known(tx, digest)
    frame = KnownFrame(
        frame_id=token_hex(12),
        camera=row["camera"],
        threat=row["threat"],
        is_target=form.is_target,
        frame_sha256=digest,
    )
    link_frame(tx, form.frame_id, frame.frame_id)
    return add(tx, context, request, frame)


def withdraw(_: AlarmContext, request: Request, tx: Transaction) -> Reply:
    """Use a test frame no more."""
    frame_id = request.ask.path["frame_id"]
    known = known_frames.find_known_frame(tx, frame_id)
    if known is None or not request.sees(known.camera):
        raise Missing(f"there is no test frame {frame_id}")
    known_frames.withdraw_known_frame(tx, frame_id, request.actor)
    return Reply(204, notices=(tell_withdrawn(known),))


def tell_known(tx: Transaction, context: AlarmContext, known: KnownFrame) -> Notice | None:
    """Return the notice of a test frame to assignment; None where its picture was removed."""
    digests = find_files(tx, known.frame_id)
    contents = _read_pictures(context, digests)
    if PICTURE not in contents:
        return None
    body = decisions.KnownFrame(
        known.frame_id,
        known.camera,
        known.threat,
        facts=_read_facts(context, digests.get(FACTS)),
        pictures=tuple(contents),
    )
    return Notice("test_frame", known.camera, body, tuple(contents.values()))


def _read_pictures(context: AlarmContext, digests: dict[str, str]) -> dict[str, bytes]:
    """Read a frame's pictures, its own first, as many as may travel together."""
    strip = [name for name in digests if name not in (PICTURE, HEAT, USUAL, FACTS)]
    contents: dict[str, bytes] = {}
    for name in (PICTURE, HEAT, USUAL, *strip[:STRIP_MAX]):
        content = context.read_evidence(digests.get(name))
        size_bytes = sum(map(len, contents.values())) + len(content)
        if content and (name == PICTURE or size_bytes <= TOLD_BYTES_MAX):
            contents[name] = content
    return contents


def _read_facts(context: AlarmContext, digest: str | None) -> ScoredFacts | None:
    """Read a frame's facts, as many as an event's header holds."""
    content = context.read_evidence(digest)
    if digest is None or not content:
        return None
    try:
        facts = small_files.decode(content, ScoredFacts, context.evidence.locate(digest))
    except Unreadable as error:  # damaged before it was kept, or of another version
        context.note_unreadable(error)
        return None
    facts = attrs.evolve(facts, problems=())
    is_long = len(encode_body(facts)) > FACTS_BYTES_MAX
    return attrs.evolve(facts, boxes=facts.boxes[:BOXES_MAX]) if is_long else facts


def tell_withdrawn(known: KnownFrame) -> Notice:
    """Return what assignment is told of one that is used no more."""
    body = decisions.KnownFrame(known.frame_id, known.camera, known.threat, is_withdrawn=True)
    return Notice("test_frame", known.camera, body)


def refuse_known(tx: Transaction, digest: str) -> None:
    """Refuse a picture that is a test frame already, and one too many."""
    in_use = known_frames.list_in_use(tx)
    if len(in_use) >= IN_USE_MAX:
        raise Refused(f"{IN_USE_MAX} test frames are in use; withdraw one first")
    if known_frames.find_by_picture(tx, digest) is not None:
        raise Refused("this picture is a test frame already; withdraw that one first")


def add(tx: Transaction, context: AlarmContext, request: Request, frame: KnownFrame) -> Reply:
    """Use a frame whose files are kept from now on."""
    notice = tell_known(tx, context, frame)
    if notice is None:
        raise Missing("the picture of this frame is not in the evidence any more")
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
    return Reply(201, view, notices=(notice,))
