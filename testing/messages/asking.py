"""Requests as the parser gives them on."""

from typing import Any

import attrs

from seda.requests import Ask, Client, Person, Role

CLIENT = Client("192.0.2.7", is_https=False, version="1.1", method="GET", is_kept=True)
PAGE = "page-one"


def person(
    name: str = "ann", role: Role = "spotter", scope: frozenset[str] | None = None
) -> Person:
    """Return somebody who is signed in."""
    return Person(name, role, scope, session=f"session-of-{name}")


def ask(route: str, who: Person | None = None, method: str = "GET", **query: str) -> Ask:
    """Return a request for a route."""
    return Ask(attrs.evolve(CLIENT, method=method), who, route, query=query)


def ask_events(who: Person, page: str = PAGE, **other: Any) -> Ask:
    """Return a page's request for its event stream."""
    return ask("events", who, page=page, **other)
