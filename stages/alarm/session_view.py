"""A session as the pages get it."""

from anomaly.calibration import border_of
from anomaly.types import Band as Bands
from conf.schema import Watch
from seda.decisions import Band
from spotter_web.views import BandView, Session
from stages.alarm.store.people import User

_WORDS: dict[Bands, Band] = {
    Bands.ORDINARY: "ordinary",
    Bands.NOTICEABLE: "noticeable",
    Bands.UNUSUAL: "unusual",
    Bands.ALARMING: "alarming",
}
BANDS = tuple(BandView(_WORDS[band], border_of(band)) for band in Bands)


def view_session(user: User, now_s: float, expires_s: float, watch: Watch) -> Session:
    """Give who is signed in, and what the pages have to know."""
    return Session(
        name=user.name,
        role=user.role,
        scope=tuple(sorted(user.scope)) if user.scope is not None else None,
        expires_s=expires_s,
        now_s=now_s,
        lease_s=watch.lease_s,
        undo_s=watch.undo_s,
        age_limit_s=watch.age_limit_s,
        rest_after_s=watch.rest_after_s,
        bands=BANDS,
    )
