"""What a source has to know of a camera. Secrets are left out of every representation."""

from typing import Literal

import attrs

from stages.camera.cut.chunk import ChunkRules
from stages.camera.cut.pieces import Format
from stages.camera.redact import secrets_of

PROCESS_SCHEMES = ("rtsp", "rtsps", "file")
"""Read by libav, which never runs in a process that serves more than one camera."""


@attrs.frozen
class Timeouts:
    """How long to wait for a camera."""

    connect_s: float = 5.0
    answer_s: float = 10.0
    """From the request to the first bytes of the answer's body."""
    silence_s: float = 10.0
    """Without any byte."""
    piece_s: float = 30.0
    """Without a complete picture, access unit or fragment, however many bytes trickle in."""


@attrs.frozen
class Trust:
    """Which certificate to trust beside those of the system; shown wherever the camera is."""

    fingerprint: str = ""
    """SHA-256 of the camera's certificate, in hex, colons allowed."""
    pem: str = ""
    """Name of a file that holds the camera's certificate."""


@attrs.frozen
class CameraSettings:
    """One camera's source."""

    name: str
    url: str = attrs.field(repr=False)
    username: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    format: Format | None = None
    """Where what the server sends is not to be believed."""
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    proxy: str | None = attrs.field(default=None, repr=False)
    trust: Trust | None = None
    timeouts: Timeouts = attrs.Factory(Timeouts)
    chunk: ChunkRules = attrs.Factory(ChunkRules)
    snapshot_every_s: float = 1.0
    height_px: int = 720
    """Which variant of HLS to choose: the best one up to this height."""
    replay: Literal["real_time", "fast"] = "real_time"
    """Of files: as fast as they were filmed, or as fast as possible."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody should read in a log, a page or a metric."""
        values = [self.password or "", *(value for _, value in self.headers)]
        return (*secrets_of(self.url), *secrets_of(self.proxy or ""), *filter(None, values))

    @property
    def needs_process(self) -> bool:
        """Whether this camera is read by libav, in a process of its own."""
        return self.url.partition(":")[0].lower() in PROCESS_SCHEMES
