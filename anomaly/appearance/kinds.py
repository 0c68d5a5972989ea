"""What a thing can look like, in the order of the network's outputs."""

import enum


class Look(enum.IntEnum):
    """What a thing looks like."""

    UPRIGHT = 0  # a person who stands, walks or runs
    LOW = 1  # a person who lies, falls or crawls
    RIDER = 2
    VEHICLE = 3
    ANIMAL = 4
    THING = 5
    SEVERAL = 6  # people near each other
    NOTHING = 7  # a shadow, light, leaves, a piece of the usual view


LOOK_NAMES = tuple(one.name.lower() for one in Look)
LOOKS = len(Look)
