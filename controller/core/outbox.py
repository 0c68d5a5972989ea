"""What a controller has given to one successor and may have to give again (upstream backup).

An output is *waiting* until the successor's window has room, then *submitted* until it is settled.
When the link comes back, everything submitted waits again, in order and before anything newer.
Facts are replaceable: of each key only the newest waits, and nobody waits for them. What is
perishable gives way while it waits: newer outputs of a key take the places of its old ones, so that
a key that sends more does not go behind those that send less.
"""

from collections import deque

from controller.core.item import size_bytes
from seda.messages import Event
from seda.protocol import Window

FIRST_WINDOW = Window(64, 64 * 1024 * 1024, 128)
"""How much may wait before the successor has ever said what it takes."""


class Outbox:
    """Outputs for one successor, in order."""

    def __init__(self) -> None:
        self._window = FIRST_WINDOW
        self._is_open = False
        self._waiting: deque[Event] = deque()
        self._submitted: dict[str, Event] = {}
        self._submitted_bytes = 0
        self._submitted_descriptors = 0
        self._waiting_bytes = 0
        self._waiting_descriptors = 0

    def __len__(self) -> int:
        """Count what is not settled."""
        return len(self._waiting) + len(self._submitted)

    @property
    def waiting(self) -> int:
        """Count what the window has no room for."""
        return len(self._waiting)

    @property
    def is_behind(self) -> bool:
        """Say whether a window's worth waits, so that no more should be made."""
        window = self._window
        return (
            len(self._waiting) >= window.events
            or self._waiting_bytes >= window.size_bytes
            or self._waiting_descriptors >= window.descriptors
        )

    @property
    def descriptors(self) -> int:
        """Count the descriptors of everything that is not settled."""
        return self._submitted_descriptors + self._waiting_descriptors

    def put(self, event: Event) -> None:
        """Take an output over."""
        self._waiting.append(event)
        self._weigh_waiting(event, 1)

    def replace(self, event: Event) -> str | None:
        """Take a fact over; return the id of the waiting one that it replaces."""
        for place, older in enumerate(self._waiting):
            if older.key == event.key and older.kind == event.kind:
                self._waiting[place] = event
                self._weigh_waiting(older, -1)
                self._weigh_waiting(event, 1)
                return older.id
        self.put(event)
        return None

    def put_fresh(self, event: Event, fresh_s: float) -> list[Event]:
        """Take a perishable output over; return what of its key came so much earlier and waits."""
        places = [
            place
            for place, other in enumerate(self._waiting)
            if other.key == event.key and other.kind == event.kind
        ]
        known = [self._waiting[place] for place in places]
        old = [it for it in known if it.born_s > 0 and event.born_s - it.born_s > fresh_s]
        self.put(event)
        if not old:
            return []
        left = [it for it in known if it not in old] + [event]
        places.append(len(self._waiting) - 1)
        for place, it in zip(places, left, strict=False):
            self._waiting[place] = it
        for place in reversed(places[len(left) :]):
            del self._waiting[place]
        for it in old:
            self._weigh_waiting(it, -1)
        return old

    def settle(self, event_id: str) -> bool:
        """Forget an output that is settled; say whether it was known."""
        event = self._submitted.pop(event_id, None)
        if event is None:
            return False
        self._weigh(event, -1)
        return True

    def take_submittable(self) -> list[Event]:
        """Return what fits the window now and count it as submitted."""
        taken: list[Event] = []
        while self._waiting and self._has_room(self._waiting[0]):
            event = self._waiting.popleft()
            self._weigh_waiting(event, -1)
            self._submitted[event.id] = event
            self._weigh(event, 1)
            taken.append(event)
        return taken

    def open(self, window: Window) -> None:
        """The link stands: what was submitted over an older one waits first."""
        self.close()
        self._window = window
        self._is_open = True

    def close(self) -> None:
        """The link is gone: what was submitted is kept for the next one."""
        self._is_open = False
        self._waiting_bytes += self._submitted_bytes
        self._waiting_descriptors += self._submitted_descriptors
        self._waiting.extendleft(reversed(self._submitted.values()))
        self._submitted.clear()
        self._submitted_bytes = self._submitted_descriptors = 0

    def take_again(self, ids: tuple[str, ...]) -> list[Event]:
        """Return those of these that are still submitted, for sending once more."""
        return [self._submitted[event_id] for event_id in ids if event_id in self._submitted]

    def _has_room(self, event: Event) -> bool:
        """Say whether one more fits; one alone always does, however large."""
        if not self._is_open:
            return False
        if not self._submitted:
            return True
        return (
            len(self._submitted) < self._window.events
            and self._submitted_bytes + size_bytes(event) <= self._window.size_bytes
            and self._submitted_descriptors + len(event.payloads) <= self._window.descriptors
        )

    def _weigh(self, event: Event, sign: int) -> None:
        self._submitted_bytes += sign * size_bytes(event)
        self._submitted_descriptors += sign * len(event.payloads)

    def _weigh_waiting(self, event: Event, sign: int) -> None:
        self._waiting_bytes += sign * size_bytes(event)
        self._waiting_descriptors += sign * len(event.payloads)
