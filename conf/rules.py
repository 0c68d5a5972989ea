"""What concerns several settings at once, or more of one than a type can say. Pure."""

from collections.abc import Iterable, Iterator, Mapping

import attrs

from conf.addresses import AddressError, host_and_port, without_credentials
from conf.locating import Path
from conf.schema import Camera, Settings, StageSettings
from conf.structuring import Problem

_ORDERED = (
    ("handlers_min", "handlers_max"),
    ("deadline_floor_s", "deadline_ceiling_s"),
)


def merged(row: StageSettings, overrides: Mapping[str, object]) -> StageSettings:
    """Return a row's settings with what `[stage.NAME]` says instead."""
    return attrs.evolve(row, **overrides)  # type: ignore[arg-type]  # checked when they were loaded


def broken(
    settings: Settings, cameras: Iterable[tuple[Path, Camera]], rows: Mapping[str, StageSettings]
) -> Iterator[Problem]:
    """Find every rule that these break."""
    yield from _address(settings.operations_address, ("operations_address",))
    yield from _address(settings.web.address, ("web", "address"))
    for name, overrides in settings.stage.items():
        yield from _disordered(merged(rows[name], overrides), overrides, name)
    taken = set()
    for path, camera in cameras:
        yield from _camera(camera, path)
        if camera.name in taken:
            yield Problem((*path, "name"), "another camera has this name already")
        taken.add(camera.name)


def _address(address: str, path: Path) -> Iterator[Problem]:
    try:
        host_and_port(address)
    except AddressError as error:
        yield Problem(path, str(error))


def _disordered(
    settings: StageSettings, overrides: Mapping[str, object], name: str
) -> Iterator[Problem]:
    for low, high in _ORDERED:
        lowest, highest = getattr(settings, low), getattr(settings, high)
        if lowest > highest:
            if low in overrides:
                words, said = f"at {lowest} it is above {high}, which is {highest}", low
            else:
                words, said = f"at {highest} it is below {low}, which is {lowest}", high
            yield Problem(("stage", name, said), words)


def _camera(camera: Camera, path: Path) -> Iterator[Problem]:
    try:
        apart = without_credentials(camera.url)
    except AddressError as error:
        yield Problem((*path, "url"), f"this address will not do: {error}")
        return
    if apart.user is not None and camera.user is not None:
        yield Problem((*path, "user"), "the url names a user too: say it once")
    if camera.trust and not (camera.trust.fingerprint or camera.trust.pem):
        yield Problem((*path, "trust"), "say which certificate: add fingerprint or pem")
    if camera.password is not None and camera.user is None:
        yield Problem((*path, "password"), 'a password without "user": add the user')
