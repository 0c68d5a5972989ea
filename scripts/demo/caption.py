"""The line of text that a camera writes into its picture: its name and the time."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scripts.demo.paint import Bytes

SIZE_PX = 17
STRIP_PX = 26


class Caption:
    """Writes a title and the wall clock, redrawn once a second."""

    def __init__(self, title: str, start_wall_s: float) -> None:
        self._title, self._start_wall_s = title, start_wall_s
        self._font = ImageFont.load_default(SIZE_PX)
        self._shown = ""
        self._strip = np.zeros((0, 0), np.uint8)
        self._edge = self._strip

    def draw(self, frame: Bytes, now_s: float) -> None:
        """Write the caption into a frame."""
        wall = datetime.fromtimestamp(self._start_wall_s + now_s, tz=timezone.utc)
        text = wall.strftime("%Y-%m-%d  %H:%M:%S")
        width = frame.shape[1]
        if text != self._shown:
            self._edge = self._drawn(text, width, 2)
            self._strip = self._drawn(text, width, 0)
            self._shown = text
        area = frame[8 : 8 + STRIP_PX]
        area[self._edge > 96] = 20
        area[self._strip > 110] = 235

    def _drawn(self, text: str, width: int, stroke_px: int) -> Bytes:
        strip = Image.new("L", (width, STRIP_PX))
        draw = ImageDraw.Draw(strip)
        draw.text((14, 2), self._title, fill=255, font=self._font, stroke_width=stroke_px)
        draw.text((width - 14, 2), text, fill=255, font=self._font, anchor="ra", stroke_width=stroke_px)
        return np.asarray(strip)
