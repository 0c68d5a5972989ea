"""What is configured for each camera, as the detector takes it, with its object detector opened.

An object detector that cannot be used is said with the names of its cameras, and raises whenever
it is asked: a chunk is scored without it and says so. Models are opened once, before handlers are
forked. What they take then counts towards every handler's memory limit, so one that would leave a
handler too little is not kept.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs

from anomaly.detect import Settings
from anomaly.plugins.detector import ObjectDetector, PluginError
from anomaly.plugins.opening import Unusable, open_detector
from anomaly.rules import place_rules
from anomaly.usual.calibration import Bands
from conf import schema

_MOST_SHARE = 0.5
"""Of a handler's memory limit that all models together may take; the rest is for judging."""
_STATUS = Path("/proc/self/status")
_PAGE_UNIT_BYTES = 1024


@attrs.frozen
class Configured:
    """The detector's settings by camera."""

    bands: Bands = attrs.Factory(Bands)
    cameras: Mapping[str, Settings] = attrs.Factory(dict)

    def of(self, camera: str) -> Settings:
        """Return a camera's settings; one that is no longer configured has the common ones."""
        return self.cameras.get(camera) or Settings(bands=self.bands)


def configure(
    settings: schema.Settings, memory_limit_bytes: int, say: Callable[[str], None]
) -> Configured:
    """Open the object detectors, say which cannot be used, and give every camera its settings."""
    bands = Bands(**attrs.asdict(settings.bands))
    common = Settings(bands, time_zone=ZoneInfo(settings.time_zone) if settings.time_zone else None)
    users = _users(settings)
    wanted = [it for it in settings.object_detector if it.name in users]
    most_bytes = int(memory_limit_bytes * _MOST_SHARE)
    opened: dict[str, ObjectDetector] = {}
    for detector in wanted:
        try:
            opened[detector.name] = _open_within(detector, most_bytes)
        except PluginError as error:
            opened[detector.name] = Unusable(detector.name, str(error))
            names = ", ".join(f'"{name}"' for name in users[detector.name])
            say(f"camera {names}: scored without its object detector: {error}")
    return Configured(
        bands, {camera.name: _camera(camera, common, opened) for camera in settings.camera}
    )


def _users(settings: schema.Settings) -> dict[str, list[str]]:
    users: dict[str, list[str]] = {}
    for camera in settings.camera:
        if camera.object_detector is not None:
            users.setdefault(camera.object_detector, []).append(camera.name)
    return users


def _open_within(detector: schema.ObjectDetector, most_bytes: int) -> ObjectDetector:
    path = Path(detector.path)
    try:
        size_bytes = path.stat().st_size
    except OSError as error:
        raise PluginError(f"{path}: {error.strerror}") from error
    if size_bytes > most_bytes:
        raise PluginError(_too_large(path, size_bytes, most_bytes))
    made = open_detector(path, detector.adapter, detector.labels)
    if _data_bytes() > most_bytes:
        raise PluginError(_too_large(path, _data_bytes(), most_bytes))
    return made


def _too_large(path: Path, size_bytes: int, most_bytes: int) -> str:
    return (
        f"{path}: with it {size_bytes} bytes are taken before anything is judged, {most_bytes} may"
        " be: raise memory_limit_bytes in [stage.anomaly]"
    )


def _data_bytes() -> int:
    """Return what counts towards the limit on data in this process."""
    lines = _STATUS.read_text().splitlines()
    sizes = (line.split()[1] for line in lines if line.startswith("VmData:"))
    return int(next(sizes)) * _PAGE_UNIT_BYTES


def _camera(
    camera: schema.Camera, common: Settings, detectors: Mapping[str, ObjectDetector]
) -> Settings:
    return attrs.evolve(
        common,
        zones=camera.zone,
        rules=place_rules(camera, common.time_zone),
        objects=detectors.get(camera.object_detector) if camera.object_detector else None,
    )
