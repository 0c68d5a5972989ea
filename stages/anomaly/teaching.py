"""A verdict taught to its camera's memory, or taken back; the memory has a revision for it."""

from pathlib import Path

import attrs

from anomaly.usual.lessons import teach_lesson, undo_lesson
from seda.messages import Lesson
from stages.anomaly.memories import newest_memory, store_lesson


@attrs.frozen
class Taught:
    """What came of a lesson."""

    has_changed: bool
    refusal: str | None = None
    """Why it teaches nothing."""
    lost: str = ""
    """Why the memory that it met could not be used; empty where it could."""


def teach(directory: Path, camera: str, lesson: Lesson) -> Taught:
    """Teach, and bring it to the disk; raises OSError where there is no room for a memory."""
    loaded, chunk = newest_memory(directory, camera)
    memory = loaded.memory
    before = list(memory.lessons.learned), list(memory.lessons.given)
    refusal = None
    if lesson.verdict == "undone":
        undo_lesson(memory.lessons, lesson.id)
    else:
        refusal = teach_lesson(memory.lessons, lesson)
    has_changed = (memory.lessons.learned, memory.lessons.given) != before
    if loaded.lost:
        memory.unsaid = loaded.problem
    if has_changed or loaded.lost:
        store_lesson(directory, memory, attrs.evolve(chunk, revision=chunk.revision + 1))
    return Taught(has_changed, refusal, loaded.lost)
