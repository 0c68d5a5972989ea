"""Which chunk of a camera stays where there is no room for it: the newest, always."""

import socket
from typing import Self

import attrs
import trio
import trio.testing

from runtime.asynchronous import AsyncContext
from runtime.emitting import Sender
from seda.pipeline import CAMERA
from seda.wire import Link
from stages.camera.chunk_sender import ChunkSender
from tests.seda.test_stage_config import CONFIG


class Place:
    """A handler's context with room for so many chunks, and one camera in it."""

    def __init__(self, room: int) -> None:
        self._sockets = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        link = Link(self._sockets[0])
        self.context = AsyncContext(attrs.evolve(CONFIG, row=CAMERA), Sender(link))
        self.context.room = trio.Semaphore(room)
        self.dropped = 0
        self.chunk_sender = ChunkSender(self.context, self._drop)

    def __enter__(self) -> Self:
        """Serve as a context, so that nothing is left open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what was given."""
        self.context.outbox.close()
        for end in self._sockets:
            end.close()

    def _drop(self) -> None:
        self.dropped += 1

    def give(self, number: int) -> None:
        """Have the camera's next chunk come."""
        draft = self.context.output("chunk", f"gate/1/{number}", payloads=[b"x"], key="gate")
        self.chunk_sender.give(draft)

    def given(self) -> list[str]:
        """Return the ids of what was given to the controller; nothing sends it here."""
        waiting = self.context.outbox._waiting
        return [output.event.id for output, _ in waiting]


async def test_the_newest_chunk_waits_and_the_older_one_is_dropped_and_counted() -> None:
    """Room that comes late is the newest one's, in turn (R24)."""
    with Place(room=1) as place:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(place.chunk_sender.run)
            for number in range(5):
                place.give(number)
                await trio.testing.wait_all_tasks_blocked()
            assert place.given() == ["gate/1/0"]
            assert place.dropped == 3
            place.context.room.release()
            await trio.testing.wait_all_tasks_blocked()
            assert place.given() == ["gate/1/0", "gate/1/4"]
            place.context.room.release()
            place.give(5)
            await place.chunk_sender.finish()
            nursery.cancel_scope.cancel()
        assert place.given()[-1] == "gate/1/5"
        assert place.dropped == 3


async def test_a_chunk_that_waits_at_a_stop_is_counted() -> None:
    """Nothing is dropped in silence."""
    with Place(room=0) as place:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(place.chunk_sender.run)
            place.give(0)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert place.dropped == 1
        assert place.given() == []
