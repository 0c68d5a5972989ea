"""What is known of one camera's connection, kept as it happens. Pure: time comes in.

A record is told whole each time, so that whoever hears of it needs only the newest.
"""

from seda.messages import CameraFact, ConnectionFacts
from stages.camera.source.happenings import (
    ChunkReady,
    Connected,
    Connecting,
    Happening,
    Lost,
    Noted,
)

NAMES_MAX = 32
"""Of odd things in a stream; there are fewer, but the record is sent whole."""


class ConnectionRecord:
    """How a camera's connection stands, and what was counted since it is watched."""

    def __init__(self, camera: str, wall_s: float, *, is_trusted_by_hand: bool = False) -> None:
        self._camera = camera
        self._facts: dict[str, object] = {
            "state": "connecting",
            "since_s": wall_s,
            "watched_since_s": wall_s,
            "epoch": 0,
            "is_trusted_by_hand": is_trusted_by_hand,
        }
        self._tries = self._connections = self._chunks = self._dropped = 0
        self._counts: dict[str, int] = {}
        self._sentences: dict[str, str] = {}

    def take(self, happening: Happening, wall_s: float) -> bool:
        """Take in what happened; say whether the state changed."""
        match happening:
            case Connecting(epoch=epoch):
                self._tries += 1
                self._enter("connecting", wall_s, epoch=epoch, retry_at_s=None)
            case Connected():
                self._connections += 1
                self._enter(
                    "connected",
                    wall_s,
                    epoch=happening.epoch,
                    format=happening.format.value,
                    authentication=happening.authentication,
                    clock_offset_s=happening.clock_offset_s,
                )
            case ChunkReady():
                self._chunks += 1
                self._facts.update(chunk_at_s=wall_s, fault="", sentence="")
                return self._chunks == 1
            case Noted(finding=finding):
                self.note(finding.name, finding.sentence, finding.count)
                return False
            case Lost(fault=fault):
                self._enter(
                    "lost",
                    wall_s,
                    fault=fault.name,
                    sentence=fault.sentence,
                    retry_at_s=wall_s + happening.retry_s,
                )
        return True

    def note(self, name: str, sentence: str, count: int = 1) -> None:
        """Count something odd."""
        if name in self._counts or len(self._counts) < NAMES_MAX:
            self._counts[name] = self._counts.get(name, 0) + count
            if sentence:
                self._sentences[name] = sentence

    def drop_chunk(self) -> None:
        """Count a chunk that nobody had room for."""
        self._dropped += 1

    def fact(self, wall_s: float) -> CameraFact:
        """Return everything."""
        facts = ConnectionFacts(  # the dictionary is only ever filled above
            **self._facts,  # type: ignore[arg-type]
            tries=self._tries,
            connections=self._connections,
            chunks=self._chunks,
            chunks_dropped=self._dropped,
            counts=dict(self._counts),
            sentences=dict(self._sentences),
        )
        return CameraFact(self._camera, wall_s, connection=facts)

    def _enter(self, state: str, wall_s: float, **facts: object) -> None:
        self._facts.update(state=state, since_s=wall_s, **facts)
