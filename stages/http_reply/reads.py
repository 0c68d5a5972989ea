"""What http_reply finds itself: pictures in files, lists in the store. By the names of the routes.

All of it may have to wait for a disk, so it runs in a thread; there are few of them, and who waits
too long for one is told so. Everything here asks first whether the person may see it: what is
outside of their scope does not exist.
"""

import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import trio

from conf.schema import Settings
from media.pictures.files import PictureReader
from seda import logs
from seda.decisions import JoinedFrames
from seda.disk import small_files
from seda.disk.small_files import Unreadable
from seda.requests import Ask, Person
from stages.http_reply.contents import REVALIDATED, Content, Refusal, json, packed
from stages.http_reply.frames import FRAMES, JOINED, Frames, open_picture, strip_name
from stages.http_reply.lists import LISTINGS, Listing
from stages.http_reply.lists import joined as list_joined
from stages.http_reply.lists import strip as list_strip
from store import reading
from store.evidence import Evidence
from store.file.places import evidence_directory, store_path

_NO_FRAME = "there is no such frame, or it is not kept any more"
_log = logs.get(__name__)
_BUSY = "the record of decisions cannot be read now: the alarm stage starts or is down; try again"


class Library:
    """Everything that can be read."""

    def __init__(self, settings: Settings, data: Path) -> None:
        self.settings = settings
        self.store = store_path(data)
        self.frames = Frames(data / FRAMES)
        self.evidence = Evidence(evidence_directory(data))
        self.pictures = PictureReader(data / "transcoder")

    async def find(self, ask: Ask, limiter: trio.CapacityLimiter) -> Content:
        """Find what is asked for in a thread, or raise Refusal."""
        read = _READS.get(ask.route)
        if read is None:
            raise Refusal(404, f"nothing here answers {ask.route[:80]!r}")
        if ask.person is None:
            raise Refusal(401, "sign in first")
        task = _ReadTask(partial(self._read, read, ask, ask.person))
        return await task.run(limiter)

    def _read(self, read: "Read", ask: Ask, person: Person) -> Content:
        try:
            return read(self, ask, person)
        except sqlite3.Error as error:
            raise Refusal(503, _BUSY, ("Retry-After", "1")) from error


class _ReadTask:
    """A read in a thread; where nobody waits for it any more, what it found is closed."""

    def __init__(self, read: Callable[[], Content]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._is_abandoned = False
        self._found: Content | None = None

    async def run(self, limiter: trio.CapacityLimiter) -> Content:
        """Wait for a thread and for what it finds."""
        try:
            return await trio.to_thread.run_sync(self._do, abandon_on_cancel=True, limiter=limiter)
        except trio.Cancelled:
            with self._lock:
                self._is_abandoned = True
                if self._found is not None:
                    self._found.close()
            raise

    def _do(self) -> Content:
        found = self._read()
        with self._lock:
            self._found = found
            if self._is_abandoned:
                found.close()
        return found


Read = Callable[[Library, Ask, Person], Content]


def _sees(person: Person, camera: str) -> bool:
    """Return whether a camera is in a person's scope."""
    return person.scope is None or camera in person.scope


def _of_frame(name: str | None, library: Library, ask: Ask, person: Person) -> Content:
    """Return one of a frame's pictures: while it waits or is held, or as evidence."""
    frame_id = ask.path["frame_id"]
    name = name or strip_name(ask.path["index"])
    camera = library.frames.camera(frame_id)
    if camera is None:
        found = _evidence(library, frame_id, name, person)
    else:
        found = library.frames.picture(frame_id, name) if _sees(person, camera) else None
    if found is not None:
        return found
    raise Refusal(404, "there is no such picture, or it is not kept any more")


def _evidence(library: Library, frame_id: str, name: str, person: Person) -> Content | None:
    kept = _kept(library, frame_id, person)
    if kept is None or name not in kept.files:
        return None
    path = library.evidence.locate(kept.files[name])
    return open_picture(path, f"{frame_id}/{name}", Path(name).suffix)


def _kept(library: Library, frame_id: str, person: Person) -> reading.KeptFrame | None:
    """Return what is kept of a frame that this person may see; test frames are supervisors'."""
    with reading.opened(library.store) as tx:
        kept = reading.find_frame(tx, frame_id)
        if kept is None and person.role != "spotter":
            kept = reading.find_known_picture(tx, frame_id)
    return kept if kept is not None and _sees(person, kept.camera) else None


def _strip(library: Library, ask: Ask, person: Person) -> Content:
    frame_id = ask.path["frame_id"]
    camera = library.frames.camera(frame_id)
    if camera is not None:
        if not _sees(person, camera):
            raise Refusal(404, _NO_FRAME)
        return json(tuple(library.frames.strip(frame_id)))
    kept = _kept(library, frame_id, person)
    if kept is None:
        raise Refusal(404, _NO_FRAME)
    return json(tuple(list_strip(kept.files)))


def _joined(library: Library, ask: Ask, person: Person) -> Content:
    """Name the frames that are decided with one, as far as this person may see them."""
    path = _locate_joined(library, ask.path["frame_id"], person)
    try:
        found = small_files.read(path, JoinedFrames) if path is not None else None
    except Unreadable as error:
        _log.error("what was decided together is not shown", why=str(error))
        found = None
    frames = found.frames if found is not None else ()
    return json(tuple(list_joined(it) for it in frames if _sees(person, it.camera)))


def _locate_joined(library: Library, frame_id: str, person: Person) -> Path | None:
    """Return the path of the list: beside a frame that may be asked about, or in its evidence."""
    camera = library.frames.camera(frame_id)
    if camera is not None and _sees(person, camera):
        return library.frames.joined(frame_id)
    kept = _kept(library, frame_id, person) if camera is None else None
    if kept is None:
        raise Refusal(404, _NO_FRAME)
    digest = kept.files.get(JOINED)
    return library.evidence.locate(digest) if digest is not None else None


def _picture(library: Library, ask: Ask, person: Person) -> Content:
    """Return a camera's newest picture; a newer one may come while it is being opened."""
    camera = ask.path["camera"]
    for _ in range(3):
        newest = library.pictures.newest(camera) if _sees(person, camera) else None
        if newest is None:
            break
        found = open_picture(newest.path, newest.path.stem)
        if found is not None:
            found.keeping, found.vary, found.has_ranges = REVALIDATED, "Cookie", False
            found.headers = (("Seda-Captured", f"{newest.captured_s:.3f}"),)
            return found
    raise Refusal(404, "there is no camera of this name, or no picture of it yet")


def _list(listing: Listing, library: Library, ask: Ask, person: Person) -> Content:
    with reading.opened(library.store) as tx:
        view = listing(tx, ask, person, library.settings)
    return packed(json(view), ask.client.headers.get("accept-encoding", ""))


_READS: dict[str, Read] = {
    **{name: partial(_list, listing) for name, listing in LISTINGS.items()},
    "frame": partial(_of_frame, "frame.jpg"),
    "heat": partial(_of_frame, "heat.png"),
    "usual": partial(_of_frame, "usual.jpg"),
    "strip_picture": partial(_of_frame, None),
    "strip": _strip,
    "joined": _joined,
    "picture": _picture,
}
