"""llhttp's own request cases: what it refuses in strict mode is refused here, whole and in bytes.

Where this differs stands in design/http-parser.md, and in `OURS` below: what llhttp takes and we do
not, or the other way round, by title.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from http_common.reading import Reading
from http_common.refused import Refused
from stages.http_parser.targets import read_target

MORE_LIBERAL = {
    "No restart when keep-alive is off (1.0)": "the rest is never read: the connection ends",
    "Emitting part of body and pausing": "no upgrades: what follows the body is the next request",
    "Upgrade POST request": "the same",
}
"""llhttp stops at these, and what becomes of them here."""
MORE_STRICT = {
    "M-SEARCH request": "its target is *, and nothing here is asked of the server as a whole",
    "OPTIONS request with RTSP": "RTSP is spoken by cameras, not here",
    "POST with `chunked` as last transfer-encoding (multiple headers)": "no coding but chunked",
    "Fragment in URI": "a browser never sends one, and proxies differ about it",
}
"""llhttp takes these."""


def cases(folder: Path) -> list[Any]:
    """Return the cases of requests that are strict, and what llhttp says of each."""
    found = json.loads((folder / "malformed" / "http" / "llhttp_cases.json").read_text())
    return [case for case in found if case["file"].startswith("request/")]


def content_of(case: Any) -> bytes:
    """Return the bytes that a case's text stands for."""
    text = re.sub(r"\\\n", "", case["http_md"]).replace("\n", "\r\n")
    for escape, character in (("r", "\r"), ("n", "\n"), ("t", "\t"), ("f", "\f")):
        text = text.replace(f"\\{escape}", character)
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), text)
    text = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)
    content = text.encode("latin-1")
    if b"\nhost:" in content.lower():
        return content
    # RFC 9112 wants a Host in every request; llhttp looks at none, and its cases have few.
    return content.replace(b" HTTP/1.1\r\n", b" HTTP/1.1\r\nHost: a\r\n")


def requests_in(content: bytes, step: int) -> list[str]:
    """Return what is made of these bytes: methods of requests, and at last a refusal, if any."""
    made, reading, head = [], Reading(), None
    pieces = [content[at : at + step] for at in range(0, len(content), step)]
    while pieces:
        try:
            reading.feed(pieces.pop(0))
            while True:
                if head is None and (head := reading.head()) is not None:
                    read_target(head.target)
                    reading.expect_body(1 << 20)
                if head is None or reading.body() is None:
                    break
                made.append(head.method)
                if not head.is_kept:
                    return made
                rest, reading, head = reading.rest, Reading(), None
                reading.feed(rest)
        except Refused as refused:
            return [*made, f"refused {refused.status}"]
    return made


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_what_llhttp_refuses_is_refused(seda_data: Path, step: int) -> None:
    """Each case whole and in pieces; the same comes of it (smuggling, framing, odd bytes)."""
    looked_at = 0
    for case in cases(seda_data):
        title = case["title"]
        if "lenient" in case["meta"]["type"] or title in MORE_LIBERAL:
            continue
        if " error code=" in case["expect_log"]:
            assert ends_refused(content_of(case), step), title
        else:
            made = requests_in(content_of(case), step)
            is_refused = any(it.startswith("refused") for it in made)
            assert is_refused == (title in MORE_STRICT), title
        looked_at += 1
    assert looked_at > 50


@pytest.mark.parametrize("step", [1, 1 << 20])
def test_what_llhttp_takes_only_when_told_to_be_lenient_is_refused(
    seda_data: Path, step: int
) -> None:
    """Folded lines, bare CR and LF, blanks before colons and after sizes, odd encodings."""
    for case in cases(seda_data):
        if "lenient" in case["meta"]["type"]:
            assert ends_refused(content_of(case), step), case["title"]


def ends_refused(content: bytes, step: int) -> bool:
    """Return whether a refusal comes of this, if need be once what is not complete is ended."""
    for whole in (content, content + b"\r\n\r\n"):
        made = requests_in(whole, step)
        if made:
            return made[-1].startswith("refused")
    return False


def test_what_llhttp_stops_at_is_not_taken_for_more_than_it_is(seda_data: Path) -> None:
    """The differences that design/http-parser.md argues, each as it says."""
    found = {case["title"]: content_of(case) for case in cases(seda_data)}
    made = {title: requests_in(found[title] + b"\r\n\r\n", 1 << 20) for title in MORE_LIBERAL}
    assert made == {
        "No restart when keep-alive is off (1.0)": ["PUT"],
        "Emitting part of body and pausing": ["PUT", "refused 400"],
        "Upgrade POST request": ["POST", "refused 400"],
    }
