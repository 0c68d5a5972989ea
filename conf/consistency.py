"""What concerns several settings at once, or more of one than a type can say. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network

import attrs

from conf.addresses import AddressError, host_and_port, take_address
from conf.locating import Path
from conf.rule_keys import broken_rules
from conf.schema import Camera, Channel, Hours, ObjectDetector, Settings, StageSettings
from conf.structuring import Problem, suggestion

_SHA_256 = re.compile(r"(?:[0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2}")
_PROXY = re.compile(r"https?://(?:[^/@\s]*@)?(?:\[[0-9a-fA-F:.]+\]|[^/@:\[\]\s]+)(?::\d{1,5})?/?$")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_NOT_SENT = re.compile(r"[^\t\x20-\x7e]")
"""What is beyond ASCII means something else to each receiver, and a control character ends it."""
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
    yield from _rising_bands(settings)
    yield from _networks(settings.web.trusted_proxies)
    detectors = settings.object_detector
    yield from _taken([it.name for it in detectors], ("object_detector",), "object detector")
    taken = set()
    for path, camera in cameras:
        yield from _camera(camera, path)
        yield from _judged(camera, path, detectors)
        if camera.name in taken:
            yield Problem((*path, "name"), "another camera has this name already")
        taken.add(camera.name)
    yield from _channels(settings.channel, sorted(taken))


def _address(address: str, path: Path) -> Iterator[Problem]:
    try:
        host_and_port(address)
    except AddressError as error:
        yield Problem(path, str(error))


def _networks(proxies: Iterable[str]) -> Iterator[Problem]:
    for index, network in enumerate(proxies):
        try:
            ip_network(network, strict=False)
        except ValueError:
            words = f'"{network}" is no address or network: write "10.0.0.7" or "10.0.0.0/24"'
            yield Problem(("web", "trusted_proxies", index), words)


def _channels(channels: Sequence[Channel], cameras: list[str]) -> Iterator[Problem]:
    yield from _taken([it.name for it in channels], ("channel",), "channel")
    for index, channel in enumerate(channels):
        path: Path = ("channel", index)
        if not channel.url.startswith(("http://", "https://")):
            yield Problem((*path, "url"), "it has to begin with http:// or https://")
        yield from _headers(channel.headers, path)
        for number, camera in enumerate(channel.cameras or ()):
            yield from _unknown(camera, cameras, (*path, "cameras", number), "camera")


def _headers(headers: Mapping[str, str], path: Path) -> Iterator[Problem]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            words = f'{name!a} is no name of a header: letters, digits, dashes, as in "X-Key"'
            yield Problem((*path, "headers"), words)
            continue
        # The value may be a secret; one character of it is none.
        place = (*path, "headers", name)
        if found := _NOT_SENT.search(value):
            said = found[0] if found[0].isprintable() else ascii(found[0])
            words = f"this cannot be sent in a header: {said}; write it in ASCII, on one line"
            yield Problem(place, words)


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
        address = take_address(camera.url)
    except AddressError as error:
        yield Problem((*path, "url"), f"this address will not do: {error}")
        return
    yield from _headers(camera.headers, path)
    if address.user is not None and camera.user is not None:
        yield Problem((*path, "user"), "the url names a user too: say it once")
    if camera.trust and not (camera.trust.fingerprint or camera.trust.pem):
        yield Problem((*path, "trust"), "say which certificate: add fingerprint or pem")
    if (
        camera.trust
        and camera.trust.fingerprint
        and not _SHA_256.fullmatch(camera.trust.fingerprint)
    ):
        words = "a certificate's SHA-256 has 64 hex digits, with colons between them or without"
        yield Problem((*path, "trust", "fingerprint"), words)
    if camera.proxy is not None and not _PROXY.match(camera.proxy):
        words = "it has to begin with http:// or https:// and name a host"
        yield Problem((*path, "proxy"), words)
    if camera.password is not None and camera.user is None:
        yield Problem((*path, "password"), 'a password without "user": add the user')


def _rising_bands(settings: Settings) -> Iterator[Problem]:
    bands = settings.bands
    for often, rare in (("noticeable", "unusual"), ("unusual", "alarming")):
        most, least = getattr(bands, f"{often}_per_h"), getattr(bands, f"{rare}_per_h")
        if least >= most:
            words = f"at {least} it is not rarer than {often}_per_h, which is {most}"
            yield Problem(("bands", f"{rare}_per_h"), words)


def _taken(names: Iterable[str], path: Path, what: str) -> Iterator[Problem]:
    """Find names that are given twice."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield Problem((*path, index, "name"), f"another {what} has this name already")
        seen.add(name)


def _judged(camera: Camera, path: Path, detectors: Iterable[ObjectDetector]) -> Iterator[Problem]:
    """Check what the detector is told of a camera."""
    zones = [zone.name for zone in camera.zone]
    yield from _taken(zones, (*path, "zone"), "zone of this camera")
    for index, zone in enumerate(camera.zone):
        yield from _hours(zone.hours, (*path, "zone", index, "hours"))
    known = [detector.name for detector in detectors]
    if camera.object_detector is not None:
        place = (*path, "object_detector")
        yield from _unknown(camera.object_detector, known, place, "object detector")
    yield from broken_rules(camera, path)


def _hours(hours: Hours, path: Path) -> Iterator[Problem]:
    if hours[0] == hours[1]:
        yield Problem(path, f"from {hours[0]} to {hours[1]} is no time; all day is [0, 24]")


def _unknown(name: str, known: list[str], path: Path, what: str) -> Iterator[Problem]:
    if name not in known:
        there = suggestion(name, known) if known else "none is configured"
        yield Problem(path, f'there is no {what} "{name}" ({there})')
