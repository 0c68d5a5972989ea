"""Which scenes are evaluated together: a folder alone, or a TOML file that lists several.

[[scene]]
folder = "falls"        # beside this file
fps = 12.5              # pictures a second that are judged; default: the video's, or 10
memory = "frozen"       # or "learning": test clips teach the camera as they are judged
continues = true        # a test clip goes on from the training clip of its name
kind = "fall"           # what its incidents are
kinds = { "07" = "..." }  # the same for single clips
"""

import tomllib
from pathlib import Path

import attrs

from anomaly.evaluation.clips import FolderError

_KEYS = frozenset({"folder", "name", "fps", "memory", "continues", "kind", "kinds"})
_MEMORIES = ("frozen", "learning")


@attrs.frozen
class Scene:
    """One labelled folder and how it is judged."""

    folder: Path
    name: str
    fps: float | None = None
    is_learning: bool = False
    continues: bool = False
    kind: str = "anomaly"
    kinds: dict[str, str] = attrs.field(factory=dict)  # by clip

    def kind_of(self, clip: str) -> str:
        """Say what the incidents of a clip are."""
        return self.kinds.get(clip, self.kind)


def find_scenes(path: Path, fps: float | None, *, is_learning: bool) -> list[Scene]:
    """Return the scenes of a TOML file, or the one of a folder."""
    if path.suffix != ".toml":
        return [Scene(path, path.resolve().name, fps, is_learning)]
    try:
        found = tomllib.loads(path.read_text("utf-8")).get("scene")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FolderError(f"{path}: cannot be read as TOML ({error})") from error
    if not isinstance(found, list) or not found:
        raise FolderError(f"{path}: lists no scenes; each begins with [[scene]]")
    scenes = [_scene(path, number, entry) for number, entry in enumerate(found, 1)]
    return [
        attrs.evolve(one, fps=fps or one.fps, is_learning=is_learning or one.is_learning)
        for one in scenes
    ]


def _scene(path: Path, number: int, entry: object) -> Scene:
    where = f"{path}: scene {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("folder"), str):
        raise FolderError(f'{where}: has no "folder"')
    unknown = sorted(entry.keys() - _KEYS)
    if unknown:
        raise FolderError(f'{where}: unknown key "{unknown[0]}"; known are {_known()}')
    memory, fps = entry.get("memory", "frozen"), entry.get("fps")
    if memory not in _MEMORIES:
        raise FolderError(f'{where}: memory has to be "frozen" or "learning", not "{memory}"')
    if fps is not None and (not isinstance(fps, int | float) or fps <= 0):
        raise FolderError(f"{where}: fps has to be a number above 0, not {fps!r}")
    kinds = entry.get("kinds", {})
    if not isinstance(kinds, dict):
        raise FolderError(f"{where}: kinds has to be a table of clips, not {kinds!r}")
    folder = path.parent / entry["folder"]
    return Scene(
        folder, str(entry.get("name", folder.resolve().name)), None if fps is None else float(fps),
        memory == "learning", bool(entry.get("continues", False)),
        str(entry.get("kind", "anomaly")), {str(clip): str(kind) for clip, kind in kinds.items()},
    )  # fmt: skip


def _known() -> str:
    return ", ".join(sorted(_KEYS))
