"""Time for what `run` of an async stage has begun, when the handler is told to stop.

The runtime cancels `run` as soon as nothing is served. What is done in a shelter is spared that,
and bounds itself by its scope's deadline; where the runtime cancels for another reason (its
controller is gone, something failed) the shelter falls at once.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio


@asynccontextmanager
async def shelter(stopping: trio.Event) -> AsyncIterator[trio.CancelScope]:
    """Shield what is inside from being cancelled by a stop."""
    scope = trio.CancelScope(shield=True)
    async with trio.open_nursery() as outside:
        outside.start_soon(_fall, scope, stopping)
        with scope:
            yield scope
        outside.cancel_scope.cancel()


async def _fall(scope: trio.CancelScope, stopping: trio.Event) -> None:
    try:
        await trio.sleep_forever()
    finally:
        if not stopping.is_set():
            scope.cancel()
