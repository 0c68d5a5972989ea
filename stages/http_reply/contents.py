"""What a read finds: a content and how it may be kept, or why there is none. No socket here."""

import gzip
import os
from types import TracebackType
from typing import Self

import attrs
import msgspec

from http_common.selection import accepts_gzip
from seda.messages import ID_BYTES
from spotter_web.views import Problem

JSON = "application/json"
NO_STORE = "no-store"
REVALIDATED = "no-cache"
UNCHANGING = "private, max-age=43200, immutable"
"""Of pictures whose name stands for their content; by cookie, so that the next person at a shared
browser is asked who they are."""


PACKED_BYTES = 1400
"""Text that fits a packet is not compressed."""


class Refusal(Exception):
    """Why a request gets no content: a status and a sentence for the person who asked."""

    def __init__(self, status: int, sentence: str, *headers: tuple[str, str]) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = headers

    def content(self) -> "Content":
        """Return the sentence as the answer's content."""
        return Content(JSON, msgspec.json.encode(Problem(str(self))), headers=self.headers)


@attrs.define
class Content:
    """What a GET gets, before conditions and ranges."""

    media_type: str
    body: bytes = b""
    descriptor: int = -1
    """Of a file instead of a body; who has the content closes it."""
    size_bytes: int = -1
    """Of the file."""
    etag: str = ""
    modified_s: float | None = None
    keeping: str = NO_STORE
    """What Cache-Control says."""
    vary: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    has_ranges: bool = False

    def __attrs_post_init__(self) -> None:
        """The size of a body is known."""
        if self.descriptor < 0:
            self.size_bytes = len(self.body)

    def close(self) -> None:
        """Close the file, if nobody took it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def take(self) -> int:
        """Return the file, which is the caller's from now on."""
        descriptor, self.descriptor = self.descriptor, -1
        return descriptor

    def __enter__(self) -> Self:
        """Close what is not taken in the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what was not taken."""
        self.close()


def json(value: object) -> Content:
    """Return a view as it is answered."""
    return Content(JSON, msgspec.json.encode(value))


def packed(content: Content, accepted: str) -> Content:
    """Return a text compressed, where that pays and the client takes it."""
    if content.size_bytes < PACKED_BYTES or not accepts_gzip(accepted):
        return content
    return attrs.evolve(
        content,
        body=gzip.compress(content.body, 1, mtime=0),
        vary="Accept-Encoding",
        headers=(*content.headers, ("Content-Encoding", "gzip")),
    )


def is_plain_id(text: str) -> bool:
    """Return whether this can be an id, and so the name of a folder and nothing else."""
    return (
        0 < len(text) <= ID_BYTES
        and text.isascii()
        and text.replace("-", "a").replace("_", "a").isalnum()
    )
