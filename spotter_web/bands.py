"""The bands as pages show them. Pure."""

from anomaly.bands import border_of
from seda.messages import Band
from spotter_web.views import BandView

BANDS = tuple(BandView(band, border_of(band)) for band in Band)
"""In rising order, each with the threat at which it starts."""
TOP_THREAT = border_of(Band.ALARMING)
