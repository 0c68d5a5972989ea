"""What the routes need besides their request: settings, evidence, and the key of leases."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from conf.schema import Camera, Settings
from seda import logs
from seda.decisions import Lease
from seda.disk import small_files
from seda.disk.reserve import Reserve
from seda.disk.small_files import Unreadable
from seda.keys import lease_key, sealing
from seda.requests import Person
from stages.alarm.pending_evidence import PendingEvidence
from store.evidence import Evidence
from store.file.database import Missing
from store.file.places import evidence_directory, frame_directory, store_path

ROWS_BYTES = 16 * 1024 * 1024
"""Of verdicts, alarms and the like: thousands, a step each group that is written together."""
ROWS_STEP_BYTES = 128 * 1024
EVIDENCE_BYTES = 32 * 1024 * 1024
"""Of judged frames with their strips: a hundred or so."""
EVIDENCE_STEP_BYTES = 128 * 1024

NOT_HELD = "you do not hold this frame"

_log = logs.get(__name__)


def _count_nothing(_: str) -> None:
    """Where nobody gathers figures, as in `seda user`."""


class AlarmContext:
    """The settings and the places of one process."""

    def __init__(
        self,
        settings: Settings,
        data_directory: Path,
        count: Callable[[str], None] = _count_nothing,
    ) -> None:
        self.settings = settings
        self._count = count
        self.evidence = Evidence(evidence_directory(data_directory))
        self.data_directory = data_directory
        self.own_directory = own = store_path(data_directory).parent
        self.rows_reserve = Reserve(own / "rows.reserve", ROWS_BYTES, ROWS_STEP_BYTES)
        """For what the store writes."""
        self.evidence_reserve = Reserve(
            own / "evidence.reserve", EVIDENCE_BYTES, EVIDENCE_STEP_BYTES
        )
        self.pending_evidence = PendingEvidence()
        self.count_refused: Callable[[], None] = _ignore
        """Called for each thing that a full disk did not take."""
        self._cameras = {camera.name: camera for camera in settings.camera}
        self._key = b""

    def fill_reserves(self) -> None:
        """Make the reserves whole if there is plenty of room."""
        self.rows_reserve.fill()
        self.evidence_reserve.fill()

    def camera(self, name: str) -> Camera | None:
        """Return what is configured of a camera."""
        return self._cameras.get(name)

    def instructions(self, name: str) -> str:
        """Return what people should know of a camera."""
        camera = self._cameras.get(name)
        return camera.instructions if camera is not None else ""

    def channels(self, camera: str) -> tuple[str, ...]:
        """Name the channels that are told of a camera's alarms."""
        return tuple(
            channel.name
            for channel in self.settings.channel
            if channel.cameras is None or camera in channel.cameras
        )

    def find_hold(self, name: str, at_s: float) -> str:
        """Return why a camera's alarms are held back now; empty where they are not."""
        camera = self._cameras.get(name)
        maintenance = camera.maintenance if camera is not None else None
        if maintenance is None or datetime.fromtimestamp(at_s, UTC) >= maintenance.end:
            return ""
        return f"in maintenance until {maintenance.end.isoformat()}: {maintenance.reason}"

    def open_lease(self, text: str, person: Person, frame_id: str) -> Lease:
        """Open a lease of this person for this frame; any other does not exist for them."""
        self._key = self._key or lease_key.read(str(self.data_directory))
        try:
            lease = sealing.open_lease(self._key, text)
        except sealing.Forged:
            raise Missing(NOT_HELD) from None
        is_seen = person.scope is None or lease.camera in person.scope
        if lease.spotter != person.name or lease.frame_id != frame_id or not is_seen:
            raise Missing(NOT_HELD)
        return lease

    def read_evidence(self, digest: str | None) -> bytes:
        """Return a kept file that is what was kept; any other is named, and as good as none.

        It stays where it is, as the evidence that something has changed it.
        """
        if digest is None:
            return b""
        path = self.evidence.locate(digest)
        try:
            content = small_files.read_bytes(path) or b""
            if content and sha256(content).hexdigest() != digest:
                raise Unreadable(path, "it is not what was kept under this name")
        except Unreadable as error:
            self.note_unreadable(error)
            return b""
        return content

    def note_unreadable(self, error: Unreadable) -> None:
        """Name and count a file that something goes on without."""
        self._count("unreadable_files")
        _log.error("a file is damaged; going on without it", why=str(error))

    def frame_directory(self, frame_id: str) -> Path:
        """Return the directory in which assignment keeps a frame."""
        return frame_directory(self.data_directory, frame_id)


def _ignore() -> None:
    """Where nobody gathers figures."""
