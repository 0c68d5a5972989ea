"""The little that `live` has to know again after a restart, in one file.

Everything else is told anew by the stages within seconds. Written rarely, and synced, so that a
power cut leaves it whole: the end of an incident has to name its beginning. Of cameras it is only
good for the run in which it was written: at the next start nobody knows yet how they are.
"""

import zlib
from collections.abc import Callable
from pathlib import Path

import attrs
import msgspec

from seda import logs
from seda.decisions import Incident
from seda.disk import small_files
from seda.disk.durable import replace_file
from seda.disk.small_files import Unreadable, set_aside
from stages.live.cameras.notes import CameraNote

FILE = "notebook.json"

_log = logs.get(__name__)


@attrs.frozen
class Notes:
    """What is written."""

    open: tuple[Incident, ...] = ()
    """Incidents that are not over: their ends have to name the same roots."""
    unsaid: tuple[Incident, ...] = ()
    """What the alarm stage has not been told yet."""
    is_in_service: bool = False
    """Somebody was on watch once."""
    run: str = ""
    """The supervisor's instance, in the processes of which this was written."""
    cameras: dict[str, CameraNote] = attrs.Factory(dict)

    def in_run(self, run: str) -> "Notes":
        """Return what is still good in this run."""
        return self if run and run == self.run else attrs.evolve(self, run=run, cameras={})


@attrs.frozen
class _Page:
    """What stands in the file."""

    checksum: int
    notes: msgspec.Raw


def read(folder: Path, count: Callable[[str], None]) -> Notes:
    """Return what was written last; what cannot be used is set aside, named and counted."""
    try:
        page = small_files.read(folder / FILE, _Page)
        return Notes() if page is None else _checked(page, folder / FILE)
    except Unreadable as error:
        count("unreadable_files")
        _log.warning("the notebook is of no use; beginning a new one", why=set_aside(error))
        return Notes()


def write(folder: Path, notes: Notes) -> None:
    """Replace what is written; raises OSError."""
    content = msgspec.json.encode(notes)
    page = _Page(zlib.crc32(content), msgspec.Raw(content))
    replace_file(folder / FILE, msgspec.json.encode(page))


def _checked(page: _Page, path: Path) -> Notes:
    """Return the notes if they are what was written: a changed digit would be believed as well."""
    content = bytes(page.notes)
    if zlib.crc32(content) != page.checksum:
        raise Unreadable(path, "its checksum is wrong")
    return small_files.decode(content, Notes, path)
