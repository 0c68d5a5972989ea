"""What a source has to know of a camera. Secrets are left out of every representation."""

from typing import Literal

import attrs

from conf.schema import Camera, Timeouts, TrustedCertificate
from media.cut.chunk import ChunkRules
from media.cut.pieces import Format
from stages.camera.redact import secrets_of

PROCESS_SCHEMES = ("rtsp", "rtsps", "file")
"""Read by libav, which never runs in a process that serves more than one camera."""


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
    trust: TrustedCertificate | None = None
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


def settings_of(camera: Camera) -> CameraSettings:
    """Return what the source has to know of a configured camera."""
    return CameraSettings(
        name=camera.name,
        url=camera.url,
        username=camera.user,
        password=camera.password,
        format=None if camera.format is None else Format(camera.format),
        headers=tuple(camera.headers.items()),
        proxy=camera.proxy,
        trust=camera.trust,
        timeouts=camera.timeouts,
        chunk=ChunkRules(length_s=camera.chunk_s),
        snapshot_every_s=camera.snapshot_every_s,
        height_px=camera.height_px,
        replay=camera.replay,
    )
