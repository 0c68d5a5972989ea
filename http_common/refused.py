"""A request that is not given on as it is, and what its client is told. Pure."""

Header = tuple[str, str]
_WORDS_CHARACTERS = 400
"""They may quote what was sent."""
_OVERLOADED = b"the server has too much to do; try again in a moment\n"
BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-type: text/plain\r\n"
    b"cache-control: no-store\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
) % (len(_OVERLOADED), _OVERLOADED)
"""Written by the accepting task, because the part that would write it is overloaded."""


class Refused(Exception):
    """Why a request is refused: a status, a sentence for people, and headers that go with it."""

    def __init__(self, status: int, words: str, *headers: Header) -> None:
        super().__init__(words)
        self.status = status
        self.words = words[:_WORDS_CHARACTERS]
        self.headers = headers


class TooSlow(Refused):
    """A request that does not come to its end.

    It is told so by whoever waited for it: many that crawl are given up together, and must not take
    the places of those who ask.
    """


class Malformed(Refused):
    """Bytes that are no request: nobody knows where the next one begins, so the connection ends."""
