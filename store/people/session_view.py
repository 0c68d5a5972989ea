"""A session as the pages get it."""

from conf.schema import Watch
from seda.requests import Person
from spotter_web.bands import BANDS
from spotter_web.views import Session
from store.people.people import User


def view_session(user: User | Person, now_s: float, expires_s: float, watch: Watch) -> Session:
    """Return the person who is signed in, and what the pages have to know."""
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
