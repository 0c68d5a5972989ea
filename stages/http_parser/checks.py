"""Whether a query and a body are what the route takes. Pure."""

import attrs
import msgspec

from http_common.refused import Refused
from spotter_web.routes import Route

JSON = "application/json"


def check_query(route: Route, query: dict[str, str]) -> None:
    """Raise Refused unless the query is what the route's class says."""
    if route.query is None:
        if query:
            raise Refused(400, f"this address takes no query; it has {min(query)!r}")
        return
    known = _names(route.query)
    if unknown := sorted(query.keys() - known):
        raise Refused(400, f"the query has {unknown[0]!r}; it may have {', '.join(sorted(known))}")
    try:
        msgspec.convert(query, route.query, strict=False)
    except msgspec.ValidationError as error:
        raise Refused(400, f"the query is not as it should be: {error}") from None


def check_media_type(route: Route, content_type: str | None) -> None:
    """Raise Refused unless the body is of the route's type; for a route that takes one."""
    if route.body is None:
        return
    wanted = route.body if isinstance(route.body, str) else JSON
    kind, _, parameters = (content_type or "").lower().partition(";")
    is_utf8 = parameters.strip().replace('"', "") in ("", "charset=utf-8")
    if kind.strip() != wanted or not is_utf8:
        raise Refused(415, f"the body has to be {wanted}, and its Content-Type to say so")


def check_body(route: Route, body: bytes) -> None:
    """Raise Refused unless the body is what the route's class says."""
    if route.body is None or isinstance(route.body, str):
        return
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(400, f"the body is not JSON: {error}") from None
    if isinstance(content, dict):
        known = _names(route.body)
        if unknown := sorted(content.keys() - known):
            words = f"the body has {unknown[0][:80]!r}; it may have {', '.join(sorted(known))}"
            raise Refused(422, words)
    try:
        msgspec.convert(content, route.body)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Refused(422, f"the body is not as it should be: {error}") from None


def _names(kind: type) -> set[str]:
    return {field.name for field in attrs.fields(kind)}
