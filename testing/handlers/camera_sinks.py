"""Stages at the end of a pipeline of cameras: they write down what came, a JSON line each."""

import select
from pathlib import Path

import msgspec
from PIL import Image

from runtime import Context, Input
from seda.messages import BatchFacts, CameraFact


def note_batch(event: Input, context: Context) -> None:
    """Write a batch down, once every picture of it was decoded."""
    facts = event.body(BatchFacts)
    content = event.payloads[0].view()
    for frame in facts.frames:
        jpeg = content[frame.offset : frame.offset + frame.size_bytes]
        path = context.directory / "now.jpg"
        path.write_bytes(jpeg)
        with Image.open(path) as image:
            image.load()
            assert image.size == (frame.width_px, frame.height_px)
        small_bytes = frame.small_width_px * frame.small_height_px
        assert frame.small_offset + small_bytes <= len(content)
    _append(context.directory / "batches", facts)


def note_fact(event: Input, context: Context) -> None:
    """Write a camera's fact down; figures are not wanted here."""
    if event.header.kind == "camera_fact":
        _append(context.directory / "facts", event.body(CameraFact))


def stand_still(_event: Input, _context: Context) -> None:
    """Take a chunk and never be done with it."""
    select.select([], [], [])


def _append(path: Path, body: object) -> None:
    with path.open("ab") as file:
        file.write(msgspec.json.encode(body) + b"\n")
