"""The four bands and the threats at which they begin: pure, and without numpy, for every stage.

How rare a frame of a band is on its camera is calibration's to say, which gives threats so that
these borders hold.
"""

from bisect import bisect

from seda.messages import Band

BORDERS = (0.25, 0.5, 0.75)
"""Where a band ends and the next begins."""


def band_of(threat: float) -> Band:
    """Return the word for a threat."""
    return tuple(Band)[bisect(BORDERS, threat)]


def border_of(band: Band) -> float:
    """Return the threat at which a band starts."""
    return (0.0, *BORDERS)[tuple(Band).index(band)]
