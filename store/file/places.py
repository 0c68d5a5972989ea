"""Where the alarm stage keeps what it writes, and where it finds what others keep. Paths alone.

Everything that the stage writes is below its own directory; whoever reads the store or the
evidence (http_parser, http_reply) asks here where they are.
"""

from pathlib import Path

_OWN = "alarm"


def store_path(data_directory: str | Path) -> Path:
    """Say where the store is."""
    return Path(data_directory, _OWN, "store.sqlite")


def evidence_directory(data_directory: str | Path) -> Path:
    """Say where the files are that store.evidence locates by their hash."""
    return Path(data_directory, _OWN, "evidence")


def frames_directory(data_directory: str | Path) -> Path:
    """Say where assignment keeps the frames that may be asked about."""
    return Path(data_directory, "assignment", "frames")


def frame_directory(data_directory: str | Path, frame_id: str) -> Path:
    """Say where it keeps one of them."""
    return frames_directory(data_directory) / frame_id
