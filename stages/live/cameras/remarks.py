"""What is odd in what a camera sends, for as long as it goes on. Pure.

Stages count what is odd and never forget it; somebody who looks wants to know what is odd now. So a
remark is shown while its count grows, and for a while after.
"""

from collections.abc import Mapping

import attrs

SHOWN_S = 60.0


@attrs.frozen
class _Remark:
    sentence: str
    count: int
    grew_s: float


class Remarks:
    """The remarks about one camera."""

    def __init__(self) -> None:
        self._remarks: dict[str, _Remark] = {}

    def note(self, sentences: Mapping[str, str], counts: Mapping[str, int], now_s: float) -> None:
        """Take in what a stage says, and how often it has found each by now."""
        for name, sentence in sentences.items():
            count = counts.get(name, 0)
            known = self._remarks.get(name)
            if known is None or count != known.count:
                self._remarks[name] = _Remark(sentence, count, now_s)

    def present(self, now_s: float) -> dict[str, str]:
        """Return the sentences of what was found lately."""
        return {
            name: it.sentence for name, it in self._remarks.items() if now_s - it.grew_s < SHOWN_S
        }
