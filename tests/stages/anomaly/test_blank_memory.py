"""A power cut may leave a memory's file with nothing in it, beside a synced copy."""

from pathlib import Path

from anomaly.memory_file import Chunk
from seda.messages import Lesson, Mark
from stages.anomaly.memories import load_memory, memory_path, newest_memory
from stages.anomaly.teaching import teach

LESSON = Lesson("l-1", "clear", "anna", 1000.0, Mark("standing", 0.5, 0.5))


def test_a_blank_memory_goes_on_from_its_copy(tmp_path: Path) -> None:
    """Its pages were never written, the copy of the lesson was synced (R27)."""
    assert teach(tmp_path, "gate", LESSON).has_changed
    path = memory_path(tmp_path, "gate")
    path.write_bytes(bytes(path.stat().st_size))
    assert [name for _, name in newest_memory(tmp_path, "gate")[0].memory.lessons.given] == ["l-1"]
    loaded = load_memory(tmp_path, "gate", Chunk(1, 1))
    assert [name for _, name in loaded.memory.lessons.given] == ["l-1"]
    assert loaded.is_copy
    assert "copy" in loaded.problem


def test_a_new_camera_begins_without_a_word(tmp_path: Path) -> None:
    """It has neither."""
    loaded = load_memory(tmp_path, "gate", Chunk(1, 1))
    assert (loaded.problem, loaded.lost) == ("", "")
