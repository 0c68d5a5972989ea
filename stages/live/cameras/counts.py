"""What is counted of one camera, going on when a handler or a controller is replaced. Pure."""

from collections import Counter

from seda.messages import ConnectionFacts, PictureFacts

NAMES_MAX = 64
"""Outcomes of one camera that are counted apart; all further ones are counted as `other`."""
OTHER = "other"


class Counts:
    """The counters of one camera."""

    def __init__(self) -> None:
        self._before: Counter[str] = Counter()
        self._newest: Counter[str] = Counter()
        self._watched_since_s: float | None = None
        self._frames: Counter[str] = Counter()

    def note_connection(self, facts: ConnectionFacts) -> None:
        """Take in what was counted since a handler took the camera over."""
        if facts.watched_since_s != self._watched_since_s:
            self._before += self._newest
            self._watched_since_s = facts.watched_since_s
        self._newest = Counter(
            tries=facts.tries,
            connections=facts.connections,
            chunks=facts.chunks,
            chunks_dropped=facts.chunks_dropped,
        )

    def note_picture(self, facts: PictureFacts) -> None:
        """Take in the outcomes of one chunk."""
        for name, count in facts.counts.items():
            is_room = name in self._frames or len(self._frames) < NAMES_MAX
            self._frames[name if is_room else OTHER] += count

    def total(self, name: str) -> int:
        """Return tries, connections, chunks or chunks_dropped, whoever counted them."""
        return self._before[name] + self._newest[name]

    @property
    def reconnects(self) -> int:
        """Return how often the camera came back."""
        return max(0, self.total("connections") - 1)

    @property
    def frames(self) -> dict[str, int]:
        """Return the transcoder's outcomes by name."""
        return dict(self._frames)
