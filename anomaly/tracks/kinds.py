"""The kinds of evidence that tracks give, and how many kinds of things the network tells apart."""

import enum

THING_NAMES = ("walker", "rider", "skater", "vehicle", "shape")  # as the network's maps
THINGS = len(THING_NAMES)


class Kind(enum.IntEnum):
    """A kind of evidence; each is judged by its own history."""

    MOTION = 0  # velocity of feet and head over the height
    POSTURE = 1  # outline and its change within a second
    HOUR = 2  # something at an hour at which hardly anything ever is
    # The others are rarities of states: nats of their own, comparable on every camera.
    PATH = 3  # a way that nothing of its kind takes there
    SPEED = 4  # a speed that nothing of its kind has there
    LOW = 5  # for how many seconds it has looked like a person who lies or crawls


KINDS = len(Kind)
STATE_KINDS = [Kind.PATH, Kind.SPEED]  # in the order of the families of states
