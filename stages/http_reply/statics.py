"""The files of the console, read once: each as it is and compressed, under its name and no other.

What is not in the folder at the start does not exist, whatever a path says. A file asked for with
`?v=` and its version never changes under that address and may be kept for good; without, browsers
ask each time whether theirs is still the same.
"""

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path

import attrs

from http_common.heads import PAGE_POLICY, Header
from http_common.selection import accepts_gzip
from stages.http_reply.contents import REVALIDATED, Content, Refusal

FOLDER = Path(__file__).parents[2] / "spotter_web" / "static"
FOR_GOOD = "public, max-age=31536000, immutable"
VERSION_CHARACTERS = 12
_FILES_MAX = 500
_BYTES_MAX = 4 * 1024 * 1024
_TEXT = "; charset=utf-8"
_TYPES = {
    ".html": f"text/html{_TEXT}",
    ".js": f"text/javascript{_TEXT}",
    ".css": f"text/css{_TEXT}",
    ".json": "application/json",
    ".txt": f"text/plain{_TEXT}",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
_PACKED = {".png", ".jpg", ".woff2"}
"""Compressed already."""
_PACKED_SHARE = 0.9
"""Compression that gains less is not worth the client's work."""


@attrs.frozen
class File:
    """One file, ready to be sent."""

    media_type: str
    body: bytes
    etag: str
    version: str
    modified_s: float | None
    packed: bytes | None = None


@attrs.frozen
class Statics:
    """All files, by their names below the folder."""

    files: Mapping[str, File]

    def find(self, name: str, accepted: str, version: str) -> Content:
        """Return a file as this client takes it; the names are those of the folder alone."""
        file = self.files.get(name)
        if file is None:
            raise Refusal(404, f"there is no file {name[:80]!r} here")
        keeping = FOR_GOOD if version and version == file.version else REVALIDATED
        coding: tuple[Header, ...] = ()
        policy = ("Content-Security-Policy", PAGE_POLICY)
        if file.packed is None or not accepts_gzip(accepted):
            body, etag = file.body, f'"{file.etag}"'
        else:
            body, etag = file.packed, f'"{file.etag}-gzip"'
            coding = (("Content-Encoding", "gzip"),)
        vary = "" if file.packed is None else "Accept-Encoding"
        return Content(
            file.media_type,
            body,
            etag=etag,
            modified_s=file.modified_s,
            keeping=keeping,
            vary=vary,
            headers=(policy, *coding),
        )


def read_folder(folder: Path = FOLDER) -> Statics:
    """Read all files of a folder; links that lead out of it are not followed."""
    files: dict[str, File] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or path.suffix not in _TYPES:
            continue
        if any(part.startswith(".") for part in name.split("/")):
            continue
        files[name] = read_file(path)
    if len(files) > _FILES_MAX:
        raise ValueError(f"{folder} has {len(files)} files, {_FILES_MAX} are the limit")
    return Statics(files)


def read_file(path: Path) -> File:
    """Read one file and compress it where that gains something."""
    body = path.read_bytes()
    if len(body) > _BYTES_MAX:
        raise ValueError(f"{path} is larger than {_BYTES_MAX} bytes")
    return file_of(body, path.suffix, path.stat().st_mtime)


def file_of(body: bytes, suffix: str, modified_s: float | None) -> File:
    """Return this content as a file with this suffix."""
    digest = hashlib.sha256(body).hexdigest()
    packed = None if suffix in _PACKED else pack(body)
    return File(_TYPES[suffix], body, digest[:32], digest[:VERSION_CHARACTERS], modified_s, packed)


def pack(body: bytes) -> bytes | None:
    """Compress, the same for the same content; None where it gains nothing."""
    packed = gzip.compress(body, 9, mtime=0)
    return packed if len(packed) < _PACKED_SHARE * len(body) else None
