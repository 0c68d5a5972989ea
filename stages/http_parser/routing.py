"""A path and a method to a row of the table of addresses. Pure."""

from collections.abc import Iterable, Sequence

import attrs

from http_common.refused import Refused
from spotter_web.routes import ROUTES, Route

STATIC = Route("static", "GET", "/{file}", "http_reply", "A page or a file of one", least=None)
"""What is in no row; the console's own folder says whether there is such a file."""
_API = "api"
_BACKSLASH = "\\"


@attrs.frozen
class Found:
    """Where a request goes, and what its path says."""

    route: Route
    path: dict[str, str]


@attrs.frozen
class _Row:
    route: Route
    pattern: tuple[str, ...]

    def path(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Return what the names in the pattern stand for, if the segments are of this row."""
        found = {}
        for wanted, segment in zip(self.pattern, segments, strict=True):
            if wanted.startswith("{"):
                if not segment:
                    return None
                found[wanted[1:-1]] = segment
            elif wanted != segment:
                return None
        return found


class Table:
    """The rows by the number of their segments, those without names first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._rows: dict[int, list[_Row]] = {}
        for route in sorted(routes, key=lambda route: route.path.count("{")):
            pattern = tuple(route.path[1:].split("/"))
            self._rows.setdefault(len(pattern), []).append(_Row(route, pattern))

    def find(self, segments: tuple[str, ...], method: str) -> Found:
        """Return the row for a request or raise Refused."""
        wanted = "GET" if method == "HEAD" else method
        allowed: list[str] = []
        for row in self._rows.get(len(segments), ()):
            path = row.path(segments)
            if path is None:
                continue
            if row.route.method == wanted:
                return Found(row.route, path)
            allowed.append(row.route.method)
        if allowed:
            raise _refused_method(method, allowed)
        if segments[0] == _API:
            raise Refused(404, "there is no such address; /api/v1/openapi.json has them all")
        return _static(segments, method)


def _static(segments: tuple[str, ...], method: str) -> Found:
    if method not in ("GET", "HEAD"):
        raise _refused_method(method, ["GET"])
    if any("/" in segment or _BACKSLASH in segment for segment in segments):
        raise Refused(404, "there is no such page")
    return Found(STATIC, {"file": "/".join(segments)})


def _refused_method(method: str, allowed: list[str]) -> Refused:
    names = {*allowed, "HEAD"} if "GET" in allowed else {*allowed}
    sentence = ", ".join(sorted(names))
    shown = method if len(method) <= 20 else f"{method[:20]}..."
    return Refused(405, f"{shown} does nothing here; {sentence} would", ("Allow", sentence))


TABLE = Table(ROUTES)
