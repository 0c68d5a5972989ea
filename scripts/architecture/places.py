"""Where things stand in the picture of the system. Places alone: names and labels are not here.

The pipeline table says which boxes and arrows there are. It knows no places, and arrows that a
program routes by itself are hard to follow in a graph with this many ways back. So places are
chosen by hand, and `drawing.py` refuses a table that has a stage or an arrow without one.
"""

from typing import Literal

import attrs

Point = tuple[int, int]
Anchor = Literal["start", "middle", "end"]

WIDTH_PX, HEIGHT_PX = 1300, 800


@attrs.frozen
class Box:
    """A rectangle by its upper left corner."""

    x_px: int
    y_px: int
    width_px: int
    height_px: int


@attrs.frozen
class Way:
    """The points of an arrow from first to last, and where its label stands."""

    points: tuple[Point, ...]
    label: Point
    anchor: Anchor = "start"


@attrs.frozen
class Note:
    """A box that is no row of the table: what it says, the first line as its name."""

    box: Box
    lines: tuple[str, ...]


STAGES = {
    "live": Box(130, 60, 1010, 60),
    "camera": Box(130, 210, 130, 70),
    "transcoder": Box(320, 210, 130, 70),
    "anomaly": Box(510, 210, 130, 70),
    "assignment": Box(790, 210, 130, 70),
    "http_reply": Box(1010, 210, 130, 70),
    "alarm": Box(560, 400, 340, 70),
    "http_parser": Box(1010, 400, 130, 70),
    "tls": Box(1010, 520, 130, 70),
}

WAYS = {
    ("camera", "transcoder"): Way(((260, 245), (320, 245)), (288, 238), "middle"),
    ("transcoder", "anomaly"): Way(((450, 245), (510, 245)), (478, 238), "middle"),
    ("anomaly", "assignment"): Way(((640, 245), (790, 245)), (714, 238), "middle"),
    ("assignment", "http_reply"): Way(((920, 230), (1010, 230)), (963, 223), "middle"),
    ("http_reply", "assignment"): Way(((1010, 262), (920, 262)), (966, 276), "middle"),
    ("camera", "live"): Way(((195, 210), (195, 120)), (201, 170)),
    ("transcoder", "live"): Way(((385, 210), (385, 120)), (391, 170)),
    ("anomaly", "live"): Way(((545, 210), (545, 120)), (551, 170)),
    ("alarm", "live"): Way(((655, 400), (655, 120)), (661, 143)),
    ("live", "alarm"): Way(((775, 120), (775, 400)), (769, 193), "end"),
    ("assignment", "live"): Way(((808, 210), (808, 120)), (814, 163)),
    ("live", "assignment"): Way(((905, 120), (905, 210)), (911, 170)),
    ("live", "http_reply"): Way(((1045, 120), (1045, 210)), (1051, 170)),
    ("alarm", "anomaly"): Way(((600, 400), (600, 280)), (606, 345)),
    ("assignment", "alarm"): Way(((808, 280), (808, 400)), (814, 330)),
    ("alarm", "assignment"): Way(((886, 400), (886, 280)), (880, 371), "end"),
    ("alarm", "http_reply"): Way(
        ((900, 420), (950, 420), (950, 345), (1024, 345), (1024, 280)), (956, 360)
    ),
    ("http_parser", "assignment"): Way(
        ((1040, 400), (1040, 315), (910, 315), (910, 280)), (964, 309), "middle"
    ),
    ("http_parser", "http_reply"): Way(((1128, 400), (1128, 280)), (1134, 345)),
    ("http_parser", "alarm"): Way(((1010, 450), (900, 450)), (955, 443), "middle"),
    ("http_parser", "live"): Way(((1140, 420), (1168, 420), (1168, 100), (1140, 100)), (1173, 170)),
    ("tls", "http_parser"): Way(((1075, 520), (1075, 470)), (1081, 500)),
}

NOTES = (
    Note(Box(20, 210, 80, 70), ("cameras",)),
    Note(Box(1200, 210, 90, 380), ("browsers", "of", "spotters")),
    Note(Box(1200, 60, 90, 60), ("operators", "/metrics")),
    Note(Box(320, 400, 130, 50), ("picture store", "files, last minute")),
    Note(Box(690, 530, 210, 50), ("store", "SQLite and evidence")),
    Note(Box(560, 530, 100, 50), ("webhooks",)),
    Note(
        Box(20, 670, 270, 90),
        ("supervisor", "seda run: run directory, sockets,", "replaces controllers"),
    ),
    Note(
        Box(370, 670, 260, 90),
        ("controller, one a stage", "queue, fair order, deadlines,", "keeps events until settled"),
    ),
    Note(Box(730, 670, 200, 90), ("template", "loads the stage's code once,", "handles no event")),
    Note(
        Box(1020, 670, 260, 90), ("handlers", "run the stage's code;", "a crash ends one of them")
    ),
)
"""What the table does not know: who is outside, what is kept, and what processes a stage has."""

LINKS = (
    (((100, 245), (130, 245)), ""),
    (((1140, 245), (1200, 245)), ""),
    (((1200, 450), (1140, 450)), ""),
    (((1200, 555), (1140, 555)), ""),
    (((1200, 85), (1140, 85)), ""),
    (((385, 280), (385, 400)), ""),
    (((790, 470), (790, 530)), ""),
    (((610, 470), (610, 530)), ""),
    (((1058, 280), (1058, 400)), "kept open"),
    (((290, 715), (370, 715)), "starts"),
    (((630, 715), (730, 715)), "starts"),
    (((930, 715), (1020, 715)), "forks"),
)
"""Arrows to and from what the table does not know, and the connection that goes back."""

TITLES = (
    ((20, 40), "Stages, and the events that they give each other"),
    ((20, 650), "The processes of each stage"),
)
