"""Where the alarm stage keeps what it writes, and where it finds what others keep. Paths alone.

Everything that the stage writes is below its own directory; whoever reads the store or the
evidence (http_parser, http_reply) asks here where they are.
"""

from pathlib import Path

_OWN = "alarm"


def store_path(data_directory: str | Path) -> Path:
    """Return the path of the store."""
    return Path(data_directory, _OWN, "store.sqlite")


def evidence_directory(data_directory: str | Path) -> Path:
    """Return the directory of the files that store.evidence locates by their hash."""
    return Path(data_directory, _OWN, "evidence")


def frames_directory(data_directory: str | Path) -> Path:
    """Return the directory of the frames that may be asked about, which assignment keeps."""
    return Path(data_directory, "assignment", "frames")


def frame_directory(data_directory: str | Path, frame_id: str) -> Path:
    """Return the directory of one of them."""
    return frames_directory(data_directory) / frame_id
