"""The data directory at a start: what would cost decisions is refused, in words."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seda.keys import lease_key
from seda.supervisor.data_directory import (
    DataDirectoryError,
    DataDirectoryInUse,
    held,
    problems,
)
from store.file.database import Store
from store.file.places import evidence_directory, store_path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data directory with a decision's evidence and without a store."""
    place = tmp_path / "data"
    folder = evidence_directory(place) / "ab"
    folder.mkdir(parents=True)
    (folder / f"ab{'0' * 62}.jpg").write_bytes(b"picture")
    return place


def test_one_supervisor_holds_a_data_directory(tmp_path: Path) -> None:
    """The next one is told who has it; when that one is gone it may."""
    with held(tmp_path / "data"):  # noqa: SIM117 - the second is refused inside the first
        with pytest.raises(DataDirectoryInUse, match=r"process \d+\): stop that"):
            with held(tmp_path / "data"):
                pass
    with held(tmp_path / "data"):
        assert (tmp_path / "data" / "supervisor.lock").exists()


def test_an_empty_directory_and_a_whole_store_are_well(data: Path, tmp_path: Path) -> None:
    """Nothing to lose, or nothing lost."""
    assert list(problems(tmp_path / "nothing")) == []
    with closing(Store(store_path(data))) as store:
        store.write_one(1.0, lambda tx: tx.note("verdict", "g-1", "anna"))
    lease_key.make(str(data))
    assert list(problems(data)) == []


def test_a_store_whose_last_lines_are_in_the_log_alone_is_well(data: Path, tmp_path: Path) -> None:
    """As after a power cut: the file beside it was never written back."""
    with closing(Store(store_path(data))) as store:
        store.write_one(1.0, lambda tx: tx.note("verdict", "g-1", "anna"))
        copy = tmp_path / "copy"
        (copy / "alarm" / "evidence").mkdir(parents=True)
        (copy / "alarm" / "evidence" / "a.jpg").write_bytes(b"picture")
        for name in ("store.sqlite", "store.sqlite-wal"):
            (copy / "alarm" / name).write_bytes((data / "alarm" / name).read_bytes())
    assert list(problems(copy)) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is missing"),
        (b"", "is empty"),
        (b"no database at all" * 500, "is damaged"),
        (b"SQLite format 3\0" + bytes(4080), "is damaged"),
    ],
)
def test_evidence_without_its_store_is_refused(
    data: Path, content: bytes | None, words: str
) -> None:
    """A new, empty store beside old evidence would forget what people decided (R27)."""
    if content is not None:
        store_path(data).write_bytes(content)
    with pytest.raises(DataDirectoryError, match=words) as refused, held(data):
        pass
    assert "bring the store back from a backup" in str(refused.value)
    assert content is None or store_path(data).read_bytes() == content


def test_a_store_without_a_line_beside_evidence_is_refused(data: Path) -> None:
    """It is one that was just made anew, or of something else."""
    Store(store_path(data)).close()
    assert "knows of no decision" in next(problems(data))
    store_path(data).unlink()
    with closing(sqlite3.connect(store_path(data))) as other:
        other.execute("CREATE TABLE something (else_ TEXT)")
    assert "is damaged" in next(problems(data))


def test_a_short_lease_key_is_refused(tmp_path: Path) -> None:
    """Whatever is sealed with it could be forged."""
    (tmp_path / lease_key.FILE).write_bytes(b"short")
    with pytest.raises(DataDirectoryError, match="holds 5 bytes instead of 32"), held(tmp_path):
        pass


def test_what_can_not_be_written_is_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory itself, one of a stage, or something that is none."""
    (tmp_path / "data" / "assignment").mkdir(parents=True)
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path).name != "assignment")
    refused = pytest.raises(DataDirectoryError, match=r"may not write in .*assignment")
    with refused, held(tmp_path / "data"):
        pass
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataDirectoryError, match="cannot be written"), held(tmp_path / "file"):
        pass
