"""Test frames are kept with their answers, and spotters' answers are counted."""

from functools import partial
from pathlib import Path

import attrs
import pytest

from seda.decisions import VerdictWord
from store.file.database import Refused, Store
from store.known_frames import (
    KnownFrame,
    add_known_frame,
    count_answers,
    find_known_frame,
    list_in_use,
    withdraw_known_frame,
)
from store.verdicts import record_verdict
from store.vigilance import Counts
from tests.store.scripted import CHANNELS, VERDICT, open_store

TARGET = KnownFrame(
    frame_id="t-1", camera="gate", threat=0.9, is_target=True, frame_sha256="cd" * 32
)
NOISE = attrs.evolve(TARGET, frame_id="t-2", threat=0.2, is_target=False)


def add(store: Store, *frames: KnownFrame) -> None:
    """Add test frames."""
    for frame in frames:
        store.write_one(1.0, partial(add_known_frame, frame=frame, actor="carl"))


def answer(store: Store, lease_id: str, frame: KnownFrame, word: VerdictWord) -> None:
    """Let anna decide about a test frame."""
    verdict = attrs.evolve(
        VERDICT, lease_id=lease_id, incident_id=frame.frame_id, verdict=word, is_test=True
    )
    store.write_one(2.0, lambda tx: record_verdict(tx, verdict, CHANNELS))


def test_answers_are_counted_by_spotter_and_band(tmp_path: Path) -> None:
    """*Unsure* counts as flagged; other people's answers and real frames do not count."""
    with open_store(tmp_path / "store") as store:
        add(store, TARGET, NOISE)
        words: list[VerdictWord] = ["suspicious", "unsure", "clear"]
        for n, word in enumerate(words):
            answer(store, f"g-{n}", TARGET, word)
            answer(store, f"h-{n}", NOISE, word)
        real = attrs.evolve(VERDICT, lease_id="real", incident_id="t-1")
        store.write_one(3.0, lambda tx: record_verdict(tx, real, CHANNELS))
        both = store.write_one(3.0, lambda tx: count_answers(tx, "anna"))
        assert both == Counts(hits=2, misses=1, false_alarms=2, rejections=1)
        top = store.write_one(3.0, lambda tx: count_answers(tx, "anna", 0.9))
        assert top == Counts(hits=2, misses=1)
        low = store.write_one(3.0, lambda tx: count_answers(tx, "anna", 0.0, 0.9))
        assert low == Counts(false_alarms=2, rejections=1)
        assert store.write_one(3.0, lambda tx: count_answers(tx, "bert")) == Counts()


def test_a_withdrawn_frame_is_used_no_more_and_still_counts(tmp_path: Path) -> None:
    """Its answer can still be told to whoever has it on their screen."""
    with open_store(tmp_path / "store") as store:
        add(store, TARGET, NOISE)
        answer(store, "g-1", TARGET, "suspicious")
        store.write_one(4.0, lambda tx: withdraw_known_frame(tx, "t-1", "carl"))
        assert store.write_one(4.0, list_in_use) == ["t-2"]
        assert store.write_one(4.0, lambda tx: find_known_frame(tx, "t-1")) == TARGET
        assert store.write_one(4.0, lambda tx: count_answers(tx, "anna")) == Counts(hits=1)


def test_the_answer_of_a_frame_in_use_never_changes(tmp_path: Path) -> None:
    """Or the figures of those who were shown it would."""
    with open_store(tmp_path / "store") as store:
        add(store, TARGET)
        with pytest.raises(Refused, match="already"):
            add(store, attrs.evolve(TARGET, is_target=False))
        with pytest.raises(Refused, match="no test frame"):
            store.write_one(4.0, lambda tx: withdraw_known_frame(tx, "t-9", "carl"))
