"""What a reader found: a file of lines `D001 right`, counted.  Pure.

*right*: what is said is as the picture shows; *wrong*: something that is said, or a label of a box,
is not so, or a box is about nothing; *silent*: nothing false, and neither a kind nor a cause is
named. Of what is called ordinary only who is where and what is boxed is asked.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, get_args

Verdict = Literal["right", "wrong", "silent"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


def count_verdicts(lines: Iterable[str]) -> dict[Verdict, int]:
    """Count the verdicts; what follows one on its line is the reader's reason."""
    found: Counter[str] = Counter()
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 2 or words[1] not in VERDICTS:
            raise ValueError(f"line {number}: {line.strip()!r}: say one of {', '.join(VERDICTS)}")
        if words[0] in seen:
            raise ValueError(f"line {number}: {words[0]} has a verdict already: keep one of them")
        seen.add(words[0])
        found[words[1]] += 1
    return {verdict: found[verdict] for verdict in VERDICTS}


def say_shares(counts: dict[Verdict, int]) -> str:
    """Return counts and shares in one line."""
    total = max(1, sum(counts.values()))
    return ", ".join(
        f"{verdict} {count} ({100 * count / total:.0f} %)" for verdict, count in counts.items()
    )
