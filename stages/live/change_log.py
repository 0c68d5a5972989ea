"""What there is to know now, for whoever may know it: the newest of each key, as bytes. Pure.

Theory of operation. Every change of a key gets the next version. A subscriber is nothing but the
version that it has: what it lacks are the keys that changed since, newest content only. So a slow
reader costs no memory, skips what was overtaken, and never gets more than the whole picture; and
all who have the same version and may see the same get the same bytes, made once.

A key that is over (an alarm that was resolved) is told to those who may have it, and is no part of
the picture that a new subscriber gets. So is what merely passes: the time.
"""

from collections.abc import Iterable, Iterator

import attrs

OVER_KEPT = 256
"""Keys that are over; nobody lags behind so many and is not cut."""


@attrs.frozen
class Audience:
    """Who may see the same."""

    scope: frozenset[str] | None
    """Cameras; None for all."""
    is_supervisor: bool
    """Or an admin."""

    def may_see(self, camera: str) -> bool:
        """Return whether something about this camera, or none, is for them."""
        return not camera or self.scope is None or camera in self.scope


@attrs.frozen
class Entry:
    """The newest content of a key."""

    content: bytes
    """As it is written to an event stream."""
    version: int
    camera: str
    is_for_supervisors: bool
    is_over: bool

    def is_for(self, audience: Audience) -> bool:
        """Return whether this audience gets it."""
        return audience.may_see(self.camera) and (
            audience.is_supervisor or not self.is_for_supervisors
        )


class ChangeLog:
    """All entries, in the order of their versions."""

    def __init__(self) -> None:
        self.version = 0
        self._entries: dict[str, Entry] = {}
        self._over: dict[str, None] = {}
        self._waiting: dict[str, tuple[int, str]] = {}
        """By camera: frames, and the common cause that one more of it waits with.

        What it comes to differs by audience, so it is no entry.
        """
        self._waiting_version = 0
        self._made: dict[tuple[Audience, int], bytes] = {}

    def put(
        self,
        key: str,
        content: bytes,
        camera: str = "",
        *,
        is_for_supervisors: bool = False,
        is_over: bool = False,
    ) -> None:
        """Show this as the newest of its key, unless it is that already."""
        before = self._entries.get(key)
        if before and before.content == content:
            return
        self._advance()
        self._entries.pop(key, None)
        self._over.pop(key, None)
        self._entries[key] = Entry(content, self.version, camera, is_for_supervisors, is_over)
        if is_over:
            self._over[key] = None
            if len(self._over) > OVER_KEPT:
                oldest = next(iter(self._over))
                del self._over[oldest], self._entries[oldest]

    def put_waiting(self, camera: str, frames: int, joined: str = "") -> None:
        """Take in how many frames of a camera wait for a person."""
        if self._waiting.get(camera, (0, "")) != (frames, joined):
            self._advance()
            self._waiting[camera] = frames, joined
            self._waiting_version = self.version

    def waiting(self, audience: Audience) -> int:
        """Return how many frames wait that this audience may see; a common cause is one."""
        return count_items(it for camera, it in self._waiting.items() if audience.may_see(camera))

    def since(self, audience: Audience, version: int) -> bytes:
        """Return what changed after this version; after none, the whole picture."""
        key = (audience, version)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = b"".join(self._parts(audience, version))
        return made

    def _parts(self, audience: Audience, version: int) -> Iterator[bytes]:
        newer: list[Entry] = []
        for entry in reversed(self._entries.values()):
            if entry.version <= version:
                break
            newer.append(entry)
        for entry in reversed(newer):
            if entry.is_for(audience) and not (entry.is_over and version == 0):
                yield entry.content
        if self._waiting_version > version or version == 0:
            yield event("waiting", b"%d" % self.waiting(audience))

    def _advance(self) -> None:
        self.version += 1
        self._made.clear()


def count_items(waiting: Iterable[tuple[int, str]]) -> int:
    """Count decisions: the frames of each camera, and one for each common cause of any of them."""
    pairs = list(waiting)
    return sum(frames for frames, _ in pairs) + len({joined for _, joined in pairs if joined})


def event(name: str, content: bytes) -> bytes:
    """Return an event as the stream has it; JSON has no line breaks inside."""
    return b"event: %b\ndata: %b\n\n" % (name.encode(), content)
