"""The kinds of evidence that tracks give, and how many kinds of things the network tells apart."""

from __future__ import annotations

import enum

THING_NAMES = ("walker", "rider", "skater", "vehicle", "shape")  # as the network's maps
THINGS = len(THING_NAMES)


class Kind(enum.IntEnum):
    """A kind of evidence; each is judged by its own history."""

    MOTION = 0  # velocity of feet and head over the height
    POSTURE = 1  # outline and its change within a second
    SIZE = 2  # height against what is usual so far up or down the picture
    DWELL = 3  # how long within one and a half heights
    PLACE = 4  # somewhere where hardly anything ever is
    HOUR = 5  # something at an hour at which hardly anything ever is
    PATH = 6  # from one region to the next, in at or out of the picture
    GROUP = 7  # how near the next one is and how they close


KINDS = len(Kind)
