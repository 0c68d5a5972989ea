"""The little that `live` has to know again after a restart, in one file.

Everything else is told anew by the stages within seconds. Written rarely, and synced, so that a
power cut leaves it whole: the end of an incident has to name its beginning. Of cameras it is only
good for the run in which it was written: at the next start nobody knows yet how they are.
"""

from pathlib import Path

import attrs
import msgspec

from seda import logs
from seda.decisions import Incident
from seda.durable import replace_file
from stages.live.camera_notes import CameraNote

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


def read(folder: Path) -> Notes:
    """Return what was written last; nothing where there is nothing that can be read."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Notes)
    except FileNotFoundError:
        return Notes()
    except (OSError, msgspec.DecodeError) as error:
        _log.warning("the notebook can not be read; beginning a new one", detail=str(error))
        return Notes()


def write(folder: Path, notes: Notes) -> None:
    """Replace what is written; raises OSError."""
    replace_file(folder / FILE, msgspec.json.encode(notes))
