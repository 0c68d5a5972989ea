"""The line of text that a camera writes into its picture: its name and the time."""

from datetime import UTC, datetime

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scripts.demo.renderer.paint import Bytes

SIZE_PX = 17
TOP_PX, STRIP_PX = 8, 26


class Caption:
    """Writes a title and the wall clock, redrawn once a second."""

    def __init__(self, title: str, start_wall_s: float) -> None:
        self._title, self._start_wall_s = title, start_wall_s
        self._font = ImageFont.load_default(SIZE_PX)
        self._shown = ""
        self._strip = self._edge = np.nonzero(np.zeros((0, 0)))

    def draw(self, frame: Bytes, now_s: float) -> None:
        """Write the caption into a frame."""
        wall = datetime.fromtimestamp(self._start_wall_s + now_s, tz=UTC)
        text = wall.strftime("%Y-%m-%d  %H:%M:%S")
        width = frame.shape[1]
        if text != self._shown:
            self._edge = np.nonzero(self._drawn(text, width, 2) > 96)
            self._strip = np.nonzero(self._drawn(text, width, 0) > 110)
            self._shown = text
        area = frame[TOP_PX : TOP_PX + STRIP_PX]
        area[self._edge] = 20
        area[self._strip] = 235

    def _drawn(self, text: str, width: int, stroke_px: int) -> Bytes:
        strip = Image.new("L", (width, STRIP_PX))
        draw = ImageDraw.Draw(strip)
        draw.text((14, 2), self._title, fill=255, font=self._font, stroke_width=stroke_px)
        draw.text(
            (width - 14, 2), text, fill=255, font=self._font, anchor="ra", stroke_width=stroke_px
        )
        return np.asarray(strip)
