"""One TOML file to Settings; every mistake in it is told at once, with its line.

`conf/site.toml:14: camera "gate": unknown key "ulr" (did you mean "url"?)`
"""

import os
import pathlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from conf import consistency
from conf.addresses import take_address
from conf.locating import Path, line_of, locate
from conf.schema import Camera, Settings, StageSettings, Tls
from conf.structuring import Problem, Structurer

_RUN_DIRECTORY_BYTES = 80
"""A socket's path may have 107 bytes; the names of the sockets come after this."""


class SettingsError(Exception):
    """Every mistake of a file, one a line."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


def load(file: pathlib.Path, rows: Mapping[str, StageSettings]) -> Settings:
    """Read a file; `rows` are the pipeline's stages with the settings of the table."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SettingsError([f"{file}: cannot be read: {error.strerror}"]) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError([f"{file}:{line}: not UTF-8: save it in that encoding"]) from error
    return parse(text, file, rows)


def run_directory(file: pathlib.Path) -> pathlib.Path:
    """Return the run directory that a file names whatever else is wrong with it, or the default."""
    try:
        text = file.read_bytes().decode("utf-8", "replace")
    except OSError:
        text = ""
    try:
        named = tomllib.loads(text).get("run_directory")
    except (tomllib.TOMLDecodeError, RecursionError):
        named = _run_directory_line(text)
    default = Settings().run_directory
    return file.parent.absolute() / (named if isinstance(named, str) and named else default)


def _run_directory_line(text: str) -> object:
    """Return what the line says that names the run directory in a text that is no TOML."""
    before_tables = re.split(r"(?m)^\s*\[", text, maxsplit=1)[0]
    found = re.search(r"(?m)^\s*run_directory\s*=.*$", before_tables)
    try:
        return tomllib.loads(found[0])["run_directory"] if found else None
    except tomllib.TOMLDecodeError:
        return None


def parse(
    text: str,
    file: pathlib.Path,
    rows: Mapping[str, StageSettings],
    *,
    has_file: Callable[[str], bool] = os.path.isfile,
) -> Settings:
    """Make Settings of a text; an empty one gives the defaults, beside where `file` would be."""
    content = _tables(text, file)
    structurer = Structurer()
    stages = content.get("stage", {})
    has_stages = isinstance(stages, dict)
    plain = {**content, "stage": {}} if has_stages else content
    settings = structurer.table(plain, Settings, ()) or Settings()
    if has_stages:
        settings = attrs.evolve(settings, stage=_stages(stages, rows, structurer))
    settings = _absolute(settings, file.parent)
    cameras = [(path, made) for path, made in structurer.made if isinstance(made, Camera)]
    problems = [
        *structurer.problems,
        *consistency.broken(settings, cameras, rows),
        *_too_long(settings),
        *_missing(settings, has_file),
        *_without_zone(settings),
    ]
    if problems:
        raise SettingsError(_told(problems, content, text, file))
    directory = file.parent.absolute()
    made = (_with_file(_apart(camera), directory) for camera in settings.camera)
    return attrs.evolve(settings, camera=tuple(made))


def _tables(text: str, file: pathlib.Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words, _, place = str(error).rpartition(" (at ")
        found = re.search(r"line (\d+)", place)
        line = int(found[1]) if found else text.count("\n") + 1
        raise SettingsError([f"{file}:{line}: not TOML: {words}"]) from error
    except RecursionError as error:
        raise SettingsError([f"{file}:1: lists or tables are nested too deeply"]) from error


def _stages(
    found: dict[str, Any], rows: Mapping[str, StageSettings], structurer: Structurer
) -> dict[str, dict[str, object]]:
    """Return the overrides that are sound, and only what the file says of them."""
    structurer.names(found, rows, "stage", ("stage",))
    kept = {}
    for name, overrides in found.items():
        path = ("stage", name)
        checked = structurer.table(overrides, StageSettings, path)
        if checked is not None and structurer.is_sound(path):
            kept[name] = {key: getattr(checked, key) for key in overrides}
    return kept


def _absolute(settings: Settings, directory: pathlib.Path) -> Settings:
    """Let relative directories be relative to the file that names them."""
    directory = directory.absolute()
    return attrs.evolve(
        settings,
        run_directory=str(directory / settings.run_directory),
        data_directory=str(directory / settings.data_directory),
        web=attrs.evolve(settings.web, tls=_absolute_tls(settings.web.tls, directory)),
        object_detector=tuple(
            attrs.evolve(it, path=str(directory / it.path)) for it in settings.object_detector
        ),
    )


def _absolute_tls(tls: Tls | None, directory: pathlib.Path) -> Tls | None:
    if tls is None:
        return None
    return Tls(str(directory / tls.certificate), str(directory / tls.key))


def _too_long(settings: Settings) -> list[Problem]:
    size_bytes = len(os.fsencode(settings.run_directory))
    if size_bytes <= _RUN_DIRECTORY_BYTES:
        return []
    words = (
        f"the path {settings.run_directory} takes {size_bytes} bytes, sockets leave room for "
        f"{_RUN_DIRECTORY_BYTES}: name a shorter one, as in /run/seda"
    )
    return [Problem(("run_directory",), words)]


def _missing(settings: Settings, has_file: Callable[[str], bool]) -> list[Problem]:
    return [
        Problem(("object_detector", index, "path"), f"there is no file {detector.path}")
        for index, detector in enumerate(settings.object_detector)
        if not has_file(detector.path)
    ]


def _without_zone(settings: Settings) -> list[Problem]:
    try:
        if settings.time_zone is not None:
            ZoneInfo(settings.time_zone)
    except (OSError, ValueError, KeyError):  # a folder, a bad name, one that is not there
        words = f'there is no time zone "{settings.time_zone}" here: write it as "Europe/Berlin"'
        return [Problem(("time_zone",), words)]
    return []


def _apart(camera: Camera) -> Camera:
    """Move user and password out of the address."""
    address = take_address(camera.url)
    if address.user is None:
        return camera
    return attrs.evolve(camera, url=address.url, user=address.user, password=address.password)


def _with_file(camera: Camera, directory: pathlib.Path) -> Camera:
    """Let the certificate's file be relative to the file that names it."""
    if camera.trust is None or not camera.trust.pem:
        return camera
    trust = attrs.evolve(camera.trust, pem=str(directory / camera.trust.pem))
    return attrs.evolve(camera, trust=trust)


def _told(
    problems: list[Problem], content: dict[str, Any], text: str, file: pathlib.Path
) -> list[str]:
    lines = locate(text)
    found = [(line_of(problem.path, lines), problem) for problem in problems]
    found.sort(key=lambda one: one[0])
    return [f"{file}:{line}: {_place(problem, content)}{problem.words}" for line, problem in found]


def _place(problem: Problem, content: dict[str, Any]) -> str:
    """Say in words where in the file something is."""
    path = problem.path
    place = ""
    if path[:1] == ("camera",) and len(path) > 1:
        place, path = f"{_camera_name(path, content)}: ", path[2:]
    elif path[:1] == ("stage",) and len(path) > 1:
        place, path = f"[stage.{path[1]}]: ", path[2:]
    is_about_a_name = problem.words.startswith("unknown ")
    keys = [key for key in (path[:-1] if is_about_a_name else path) if isinstance(key, str)]
    return place + (f"{'.'.join(keys)}: " if keys else "")


def _camera_name(path: Path, content: dict[str, Any]) -> str:
    index = int(path[1])
    camera = content["camera"][index]
    name = camera.get("name") if isinstance(camera, dict) else None
    return f'camera "{name}"' if isinstance(name, str) else f"camera {index + 1}"
