"""A row that is part of a table: what it does not give is said, and ends no handler."""

import attrs

from runtime.asynchronous import AsyncContext
from runtime.emitting import Sender
from seda import wire
from seda.pipeline import Stage, StageOutput
from tests.seda.test_stage_config import CONFIG


async def test_an_output_that_the_row_does_not_give_is_counted_and_left_out() -> None:
    """It takes no room, and what the row gives goes on; else each new handler would end by it."""
    row = Stage("a", "x:y", takes=(), gives=(StageOutput("known", "b"),), handler="async")
    link, there = wire.pair()
    context = AsyncContext(attrs.evolve(CONFIG, row=row), Sender(link))
    room = context.room.value
    assert context.emit_nowait(context.output("unknown", "a:1"))
    await context.emit(context.output("unknown", "a:2"))
    assert context.room.value == room
    assert context.meter.figures().counts["emitted_not_in_row"] == 2
    assert context.emit_nowait(context.output("known", "a:3"))
    assert context.room.value == room - 1
    link.close()
    there.close()
