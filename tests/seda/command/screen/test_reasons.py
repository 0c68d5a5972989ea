"""Reasons for which something was dropped, as people read them."""

import re
from pathlib import Path

from seda.command.screen.reasons import WORDS, in_words

TEXT = Path(__file__).parents[4] / "spotter_web" / "static" / "text.js"


def test_the_terminal_and_the_pages_say_the_same() -> None:
    """One reason has the same words everywhere."""
    said = dict(re.findall(r'"drop\.([\w-]+)": "([^"]+)"', TEXT.read_text()))
    assert {name.replace(" ", "-"): words for name, words in WORDS.items()} == said


def test_a_reason_without_words_stands_as_it_is_counted() -> None:
    """Nothing is hidden because nobody found words for it."""
    assert in_words("worse waits") == "a worse frame of the camera waits"
    assert in_words("something new") == "something new"
