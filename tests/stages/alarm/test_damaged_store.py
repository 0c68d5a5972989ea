"""A store that can not be opened: nothing dies, nothing is recorded, and everybody hears of it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from stages.store.database import Store
from stages.store.places import store_path
from tests.stages.alarm.serving import Alarm, serving


def keep_store(folder: Path) -> bytes:
    """Make a store as an earlier run left it; give its content."""
    path = store_path(folder)
    path.parent.mkdir(parents=True)
    Store(path).close()
    return path.read_bytes()


def decide(alarm: Alarm) -> int:
    """Decide about a frame; give the answer's status."""
    return alarm.answer(alarm.decide(alarm.lease())).status


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: bytes(len(content)),
        lambda content: content[: len(content) // 2],
        lambda content: content[:60] + b"\0\0\0\x63" + content[64:],  # a later schema
        lambda content: content[:100] + bytes(4000) + content[4100:],
    ],
    ids=["zeros", "cut", "newer", "no schema"],
)
def test_a_store_that_can_not_be_opened_is_said_until_it_is_mended(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """Decisions are refused loudly, the file is named, and its return is noticed (R24)."""
    content = keep_store(tmp_path)
    path = store_path(tmp_path)
    path.write_bytes(damage(content))
    with serving(tmp_path) as alarm:
        assert decide(alarm) == 503
        alarm.wait(lambda: str(path) in alarm.trouble)
        assert alarm.counts["unreadable_files"] == 1
        path.write_bytes(content)
        alarm.wait(lambda: not alarm.trouble)
        assert decide(alarm) == 200
