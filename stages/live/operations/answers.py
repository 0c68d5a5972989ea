"""What the operations address answers: a path to content. Pure."""

from collections.abc import Callable

import attrs
import msgspec

from stages.live.metrics import metrics
from stages.live.metrics.gathering import Gathering
from stages.live.metrics.scores import scores
from stages.live.overview import overview, stage_troubles

METHODS = ("GET", "HEAD")
TEXT = "text/plain; charset=utf-8"
JSON = "application/json"


@attrs.frozen
class Answer:
    """A response before it is HTTP."""

    status: int
    body: bytes
    content_type: str = TEXT
    allow: str = ""


def answer(method: str, target: str, gathering: Gathering, now_s: float) -> Answer:
    """Return the answer to one request."""
    page = _PAGES.get(_path(target))
    if page is None:
        return Answer(404, f"nothing here; there are: {', '.join(_PAGES)}\n".encode())
    if method not in METHODS:
        return Answer(405, b"only GET and HEAD\n", allow=", ".join(METHODS))
    return page(gathering, now_s)


def _path(target: str) -> str:
    """Return the path of a target in origin or in absolute form."""
    if target.startswith(("http://", "https://")):
        target = "/" + target.partition("://")[2].partition("/")[2]
    return target.partition("?")[0]


def _metrics(gathering: Gathering, now_s: float) -> Answer:
    return Answer(200, metrics.exposition(gathering, now_s), metrics.CONTENT_TYPE)


def _healthz(_: Gathering, __: float) -> Answer:
    return Answer(200, b"alive\n")


def _readyz(gathering: Gathering, now_s: float) -> Answer:
    lines = [f"{name} is {why}\n" for name, why in stage_troubles(gathering, now_s).items()]
    lines += [f"{why}\n" for why in gathering.disks.full(now_s).values()]
    if not lines:
        return Answer(200, b"every stage is serving\n")
    return Answer(503, "".join(lines).encode())


def _stages(gathering: Gathering, now_s: float) -> Answer:
    return Answer(200, msgspec.json.encode(overview(gathering, now_s)), JSON)


def _cameras(gathering: Gathering, now_s: float) -> Answer:
    return Answer(200, msgspec.json.encode(gathering.cameras.views(now_s)), JSON)


def _scores(gathering: Gathering, now_s: float) -> Answer:
    return Answer(200, msgspec.json.encode(scores(gathering, now_s)), JSON)


_PAGES: dict[str, Callable[[Gathering, float], Answer]] = {
    "/metrics": _metrics,
    "/healthz": _healthz,
    "/readyz": _readyz,
    "/api/v1/stages": _stages,
    "/api/v1/cameras": _cameras,
    "/api/v1/scores": _scores,
}
