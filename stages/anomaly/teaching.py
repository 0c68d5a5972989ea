"""A verdict taught to its camera's memory, or taken back; the memory has a revision for it."""

from pathlib import Path

import attrs

from anomaly.usual.lessons import teach_lesson, undo_lesson
from seda.messages import Lesson
from stages.anomaly.memories import newest_memory, store_memory


@attrs.frozen
class Taught:
    """What came of a lesson."""

    has_changed: bool
    refusal: str | None = None
    """Why it teaches nothing."""


def teach(directory: Path, camera: str, lesson: Lesson) -> Taught:
    """Teach, and bring it to the disk; raises OSError where there is no room for a memory."""
    memory, chunk = newest_memory(directory, camera)
    before = list(memory.lessons.learned), list(memory.lessons.given)
    refusal = None
    if lesson.verdict == "undone":
        undo_lesson(memory.lessons, lesson.id)
    else:
        refusal = teach_lesson(memory.lessons, lesson)
    has_changed = (memory.lessons.learned, memory.lessons.given) != before
    if has_changed:
        after = attrs.evolve(chunk, revision=chunk.revision + 1)
        store_memory(directory, memory, after, is_taught=True)
    return Taught(has_changed, refusal)
