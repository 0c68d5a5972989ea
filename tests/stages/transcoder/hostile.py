"""A process that decodes hostile files under limits and says what came of them, a line each.

`python -m tests.stages.transcoder.hostile`, names of files on standard input. Not a test itself:
what a decoder does to its process must not be done to that of the tests.
"""

import json
import resource
import sys
from pathlib import Path

from media.cut.chunk import ChunkFacts
from media.cut.cutters import make_cutter
from media.cut.pieces import Finding, Format, Head, Piece
from media.cut.sniff import Sniffed, sniff
from media.frames.plan import Limits, Plan
from stages.transcoder.transcode import transcode
from tests.stages.transcoder import chunks

MEMORY_BYTES = 2 * 1024**3
CPU_S = 100
SHARES = (1.0, 0.97, 0.5, 0.1)
"""Whole, and cut at these places."""
PLAN = Plan(rate_per_s=2.0, limits=Limits(time_s=3.0))


def outcomes(content: bytes) -> list[str]:
    """Send the bytes the way of a camera's, and past the cutter straight to the decoder."""
    names: list[str] = []
    sniffed = sniff("", content[:400])
    if isinstance(sniffed, Finding):
        names.append(sniffed.name)
    elif sniffed.format is not Format.HLS:
        names += _as_stream(sniffed, content)
    names += _decoded(*chunks.of_pictures([content]))
    for form in (Format.FMP4, Format.MPEG_TS, Format.FLV):
        names += _decoded(chunks.facts(form), content)
    return names


def _as_stream(sniffed: Sniffed, content: bytes) -> list[str]:
    names, head, pieces = [], b"", []
    cutter = make_cutter(sniffed)
    for cut in [*cutter.feed(content), *cutter.end()]:
        match cut:
            case Head(data):
                head = data
            case Piece(data):
                pieces.append(data)
            case Finding(name):
                names.append(name)
    if sniffed.format in (Format.JPEG, Format.MJPEG):
        return names + _decoded(*chunks.of_pictures(pieces))
    return names + _decoded(chunks.facts(sniffed.format), head + b"".join(pieces))


def _decoded(facts: ChunkFacts, content: bytes) -> list[str]:
    batch = transcode(facts, content, PLAN)
    return [name for name, count in batch.counts.items() if count]


def main() -> None:
    """Limit this process, then go through the files."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    for name in sys.stdin.read().splitlines():
        content = Path(name).read_bytes()
        found = [outcomes(content[: int(len(content) * share)]) for share in SHARES]
        sys.stdout.write(json.dumps({"file": name, "outcomes": found}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
