"""What a write comes to: the answer to the sender, and the notices to other stages. Pure.

A `Reply` is made inside the transaction and given out once that is synced.
"""

from collections.abc import Sequence

import attrs

from spotter_web.views import Problem

Header = tuple[str, str]


@attrs.frozen
class Notice:
    """An event for another stage, which leaves together with the answer."""

    kind: str
    key: str
    body: object
    payloads: Sequence[bytes] = ()


@attrs.frozen
class Reply:
    """A status, a view (None for no content) and what goes along."""

    status: int
    view: object = None
    headers: tuple[Header, ...] = ()
    notices: tuple[Notice, ...] = ()


class Invalid(Exception):
    """What was sent is not what the route takes; the words are for the sender."""


class Busy(Exception):
    """There is no place for it now; the words are for the sender."""


def problem(status: int, words: str, *headers: Header) -> Reply:
    """Refuse, and say why."""
    return Reply(status, Problem(words), headers)
