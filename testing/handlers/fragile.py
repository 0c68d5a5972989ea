"""The detector's stage in a process that dies or hangs at the worst moments, once a batch each."""

import os
import signal
import zlib
from collections.abc import Iterator, Sequence

from runtime import Context, Input, Product, Several
from stages.anomaly import stage

warm = stage.warm
_STEPS = 4


@Several
def judge(events: Sequence[Input], context: Context) -> Iterator[Product]:
    """Judge; end before the first state is written, between two, or after the last."""
    chosen = [event for event in events if _takes_its_turn(event, context)]
    step = zlib.crc32(chosen[0].header.id.encode()) % _STEPS if chosen else _STEPS
    if step == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    for product in stage.judge.function(events, context) or ():
        if step == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        yield product
    if step < _STEPS:
        context.directory.joinpath(f"ended-{step}").touch()
        os.kill(os.getpid(), signal.SIGSTOP if step == 2 else signal.SIGKILL)


def _takes_its_turn(event: Input, context: Context) -> bool:
    """Say whether it is this batch's turn to do harm: some batches, once each."""
    if zlib.crc32(event.header.id.encode()[::-1]) % 2:
        return False
    try:
        context.directory.joinpath(f"turn-{event.header.id}").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
