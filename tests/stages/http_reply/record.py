"""A store as the alarm stage leaves it, with the rows that a test says; read by real handlers."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from store.evidence import Evidence, note_evidence
from store.file.database import Store, Transaction
from store.file.places import evidence_directory, store_path


class Record:
    """Writes rows; what a test does not say is ordinary."""

    def __init__(self, data: Path) -> None:
        path = store_path(data)
        path.parent.mkdir(parents=True)
        self._evidence = Evidence(evidence_directory(data))
        self.store = Store(path)

    def add(self, table: str, **values: object) -> None:
        """Insert a row."""

        def insert(tx: Transaction) -> None:
            names, places = ", ".join(values), ", ".join("?" * len(values))
            statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - the test's own words
            tx.run(statement, *values.values())

        self.store.write_one(0.0, insert)

    def decide(self, lease_id: str, at_s: float = 100.0, **values: object) -> None:
        """Insert a verdict."""
        ordinary: dict[str, object] = {
            "attempt": 1,
            "incident_id": f"f-{lease_id}",
            "root": f"r-{lease_id}",
            "camera": "gate",
            "spotter": "anna",
            "verdict": "clear",
            "threat": 0.6,
            "is_test": 0,
            "frame_sha256": "ab" * 32,
            "at_s": at_s,
            "band": "unusual",
            "captured_s": at_s - 5,
            "note": "",
        }
        self.add("verdicts", lease_id=lease_id, **{**ordinary, **values})

    def alarm(self, alarm_id: int, at_s: float = 100.0, **values: object) -> None:
        """Insert an alarm."""
        ordinary: dict[str, object] = {
            "root": f"r-{alarm_id}",
            "camera": "gate",
            "cause": "verdict",
            "state": "raised",
            "raised_s": at_s,
            "changed_s": at_s,
            "sentence": "somebody found a frame suspicious",
            "raised_by": "anna",
        }
        self.add("alarms", alarm_id=alarm_id, **{**ordinary, **values})

    def user(self, name: str, role: str = "spotter", scope: str | None = None) -> None:
        """Insert a user."""
        self.add("users", name=name, password_hash="", role=role, scope=scope, made_s=1.0)

    def credential(self, user: str, secret: str, kind: str, label: str, expires_s: float) -> str:
        """Insert a session or token; return its name."""
        digest = sha256(secret.encode()).digest()
        self.add(
            "credentials",
            secret_sha256=digest,
            kind=kind,
            user=user,
            label=label,
            made_s=1.0,
            expires_s=expires_s,
        )
        return digest.hex()[:16]

    def frame(self, frame_id: str, camera: str, **files: bytes) -> None:
        """Keep a judged frame's files."""
        self.add("frames", frame_id=frame_id, camera=camera, root="r", kept_s=1.0)
        for name, content in files.items():
            digest = self._evidence.keep(content)

            def note(tx: Transaction, digest: str = digest, size: int = len(content)) -> None:
                note_evidence(tx, "r", digest, size)

            self.store.write_one(1.0, note)
            self.add("frame_files", frame_id=frame_id, name=_file(name), sha256=digest)


def _file(word: str) -> str:
    """Return a file's name: frame, heat, usual, strip_MILLISECONDS or joined."""
    kinds = {"heat": "png", "joined": "json"}
    return f"{word.replace('_', '-')}.{kinds.get(word, 'jpg')}"


@contextmanager
def recording(data: Path) -> Iterator[Record]:
    """Hold the store's writer as the alarm stage does."""
    record = Record(data)
    try:
        yield record
    finally:
        record.store.close()
