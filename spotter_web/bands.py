"""The detector's bands in the words of messages and pages. Pure."""

from anomaly import bands
from anomaly.bands import border_of
from seda.messages import Band
from spotter_web.views import BandView

_WORDS: dict[bands.Band, Band] = {
    bands.Band.ORDINARY: "ordinary",
    bands.Band.NOTICEABLE: "noticeable",
    bands.Band.UNUSUAL: "unusual",
    bands.Band.ALARMING: "alarming",
}
BANDS = tuple(BandView(word, border_of(band)) for band, word in _WORDS.items())
"""In rising order, each with the threat at which it starts."""
TOP_THREAT = border_of(bands.Band.ALARMING)


def band_of(threat: float) -> Band:
    """Return the word for a threat."""
    return _WORDS[bands.band_of(threat)]
