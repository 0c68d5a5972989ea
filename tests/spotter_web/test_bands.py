"""Pages name bands as the detector does."""

import subprocess
import sys

from anomaly.bands import band_of
from seda.messages import Band
from spotter_web.bands import BANDS, TOP_THREAT

BARE = ("spotter_web.bands", "stages.http_reply.stage")


def test_a_threat_has_the_same_band_everywhere() -> None:
    """Each band begins at its border, and the one below ends there."""
    assert [view.name for view in BANDS] == list(Band)
    for view in BANDS:
        assert band_of(view.from_threat) == view.name
    below = [band_of(view.from_threat - 1e-9) for view in BANDS[1:]]
    assert below == [view.name for view in BANDS[:-1]]
    assert (band_of(TOP_THREAT), band_of(1.0)) == (Band.ALARMING, Band.ALARMING)


def test_who_does_not_judge_loads_no_numpy() -> None:
    """Words for bands cost no memory and no start-up time in a stage that answers."""
    look = f"import sys, {', '.join(BARE)}; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", look], check=False).returncode == 0
