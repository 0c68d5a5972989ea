"""Draws judged frames onto sheets, each with its boxes, its sentence and the truth where known."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from scripts.words.frames import Shown

COLUMNS, ROWS = 3, 3
CELL_PX, PICTURE_PX, TEXT_PX = (470, 400), (460, 290), 13
_LETTERS = 64  # of a line
_BOX, _SPOT, _TITLE, _TRUTH = "#ffd800", "#ff3020", "#0040a0", "#107030"
_MARK_PX = 7


def write_sheets(shown: Sequence[Shown], folder: Path, name: str) -> list[Path]:
    """Write as many sheets as are needed; frames are numbered in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for start in range(0, len(shown), COLUMNS * ROWS):
        sheet = Image.new("RGB", (COLUMNS * CELL_PX[0], ROWS * CELL_PX[1]), "white")
        for place, one in enumerate(shown[start : start + COLUMNS * ROWS]):
            row, column = divmod(place, COLUMNS)
            corner = (column * CELL_PX[0], row * CELL_PX[1])
            sheet.paste(draw_frame(one, f"{name}{start + place + 1:03}"), corner)
        files.append(folder / f"{name}_{len(files) + 1:02}.png")
        sheet.save(files[-1])
    return files


def draw_frame(shown: Shown, title: str) -> Image.Image:
    """Draw one frame: picture with boxes and the strongest place, its words, the truth."""
    cell = Image.new("RGB", CELL_PX, "white")
    picture = _with_boxes(shown)
    cell.paste(picture, (5, 20))
    draw, font = ImageDraw.Draw(cell), ImageFont.load_default(TEXT_PX)
    scored = shown.scored
    head = f"{title}  {shown.source} {shown.at_s:.1f} s  {scored.band} {scored.threat:.2f}"
    draw.text((5, 3), head, fill=_TITLE, font=font)
    lines = textwrap.wrap(f"{scored.evidence.words} [{scored.evidence.cause}]", _LETTERS)
    told = len(lines)
    lines += textwrap.wrap(f"True: {shown.truth}", _LETTERS) if shown.truth else []
    for number, line in enumerate(lines):
        place = (5, 24 + picture.height + number * (TEXT_PX + 2))
        draw.text(place, line, fill="black" if number < told else _TRUTH, font=font)
    return cell


def _with_boxes(shown: Shown) -> Image.Image:
    picture = shown.picture.convert("RGB")
    scale = min(PICTURE_PX[0] / picture.width, PICTURE_PX[1] / picture.height)
    wide, high = round(picture.width * scale), round(picture.height * scale)
    picture = picture.resize((wide, high), Image.Resampling.BICUBIC)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(TEXT_PX - 2)
    evidence = shown.scored.evidence
    for box in evidence.boxes:
        corners = (box.left * wide, box.top * high, box.right * wide - 1, box.bottom * high - 1)
        draw.rectangle(corners, outline=_BOX)
        top = max(0.0, box.top * high - TEXT_PX)
        draw.text((box.left * wide, top), f"{box.label} {box.strength:.1f}", fill=_BOX, font=font)
    x, y = evidence.mark.x * wide, evidence.mark.y * high
    draw.line((x - _MARK_PX, y, x + _MARK_PX, y), fill=_SPOT)
    draw.line((x, y - _MARK_PX, x, y + _MARK_PX), fill=_SPOT)
    return picture
