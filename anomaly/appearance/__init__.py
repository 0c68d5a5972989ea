"""What things look like close up: upright, low, on a bicycle, a vehicle, an animal, a thing.

The motion network sees people eight to thirty pixels high. Once a second what moves is cut out of
a larger picture, and a small network trained on drawn people and things says what it looks like.
"""

from anomaly.appearance.crops import MOST_THINGS, cut_things
from anomaly.appearance.kinds import LOOK_NAMES, LOOKS, Look
from anomaly.appearance.network import AppearanceGraph

__all__ = [
    "LOOKS",
    "LOOK_NAMES",
    "MOST_THINGS",
    "AppearanceGraph",
    "Look",
    "cut_things",
]
