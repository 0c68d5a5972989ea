"""Outputs of a key leave in the order in which its events were begun.

Only for stages that may have several events of a key out at once. An event that is repeated keeps
its place, so what was begun after it waits.
"""

from collections import deque

from controller.core.item import Item


class Order:
    """Begun and not yet released items, by key."""

    def __init__(self) -> None:
        self._begun: dict[str, deque[Item]] = {}

    def begin(self, item: Item) -> None:
        """Note that an item was given to a handler; a repeat has its place already."""
        begun = self._begun.setdefault(item.event.key, deque())
        if item not in begun:
            begun.append(item)

    def finish(self, item: Item) -> list[Item]:
        """Return the items whose turn it is to be released now that this one is finished."""
        begun = self._begun.get(item.event.key)
        if begun is None or item not in begun:
            return [item]  # It was never given to a handler.
        released = []
        while begun and begun[0].is_finished:
            released.append(begun.popleft())
        if not begun:
            del self._begun[item.event.key]
        return released
