"""What an Ask is answered: the wall, the watch, and what the operations address has too. Pure."""

from collections.abc import Callable, Iterable

import attrs
import msgspec

from seda.requests import INLINE_BYTES, Answer, Ask, Person
from spotter_web.routes import ROUTES, STREAM
from spotter_web.views import Problem, Tile, Wall, Watch
from stages.live.change_log import Audience, count_items
from stages.live.metrics.gathering import Gathering
from stages.live.now import Now
from stages.live.operations.answers import JSON, answer
from stages.live.scoping import within

NO_STORE = ("cache-control", "no-store")
_OPERATIONS = {
    route.name: route.path
    for route in ROUTES
    if route.name in ("cameras", "stages", "scores", "metrics", "healthz", "readyz")
}


@attrs.frozen
class Reply:
    """An answer and its content, which goes into a payload where it is too large."""

    answer: Answer
    payload: bytes = b""

    @property
    def payloads(self) -> tuple[bytes, ...]:
        """Return the payloads beside the connection."""
        return (self.payload,) if self.payload else ()


@attrs.frozen
class Known:
    """What answers are made of."""

    gathering: Gathering
    tiles: Callable[[], Iterable[Tile]]
    """The worst first."""
    watch: Callable[[], Watch]


def reply(ask: Ask, known: Known, now: Now) -> Reply:
    """Answer an ask, except the one for events."""
    if ask.route in _OPERATIONS:
        seen = within(known.gathering, audience_of(ask.person)) if ask.person else known.gathering
        found = answer("GET", _OPERATIONS[ask.route], seen, now.monotonic_s)
        return _reply(ask, found.status, found.body, found.content_type)
    if ask.person is None:
        return refusal(ask, 401, "sign in first")
    match ask.route:
        case "wall":
            body = msgspec.json.encode(_wall(known, audience_of(ask.person), now))
        case "events":  # Only its head: whoever takes more gets a stream instead of an answer.
            return _reply(ask, 200, b"", STREAM)
        case "watch":
            body = msgspec.json.encode(known.watch())
        case _:
            return refusal(ask, 404, "nothing is here")
    return _reply(ask, 200, body, JSON)


def refusal(ask: Ask, status: int, error: str, *headers: tuple[str, str]) -> Reply:
    """Refuse an ask in words."""
    return _reply(ask, status, msgspec.json.encode(Problem(error)), JSON, headers)


def audience_of(person: Person) -> Audience:
    """Return what this person may see."""
    return Audience(person.scope, person.role != "spotter")


def _wall(known: Known, audience: Audience, now: Now) -> Wall:
    tiles = tuple(tile for tile in known.tiles() if audience.may_see(tile.camera))
    facts = (known.gathering.waiting.get(tile.camera) for tile in tiles)
    waiting = count_items((fact.frames, fact.joined) for fact in facts if fact is not None)
    return Wall(now.wall_s, tiles, waiting)


def _reply(
    ask: Ask,
    status: int,
    body: bytes,
    content_type: str,
    headers: tuple[tuple[str, str], ...] = (),
) -> Reply:
    about = (("content-type", content_type), NO_STORE, *headers)
    is_large = len(body) > INLINE_BYTES
    inline = b"" if is_large else body
    return Reply(Answer(ask.client, status, about, inline), body if is_large else b"")
