"""What the connections of one process share for reading: a buffer, and the moments to read at."""

import trio

READ_BYTES = 256 * 1024
"""More than a picture: then one call reads it whole."""
LULL_S = 0.1
"""Between two reads of video that is not due yet: a wake costs more than what it reads."""


class Intake:
    """One buffer for all, used by one after the other, and one timer that wakes all at once.

    Memory of that size, taken anew for each read, would have to be fetched from the kernel each
    time. A sleep of trio ends by being cancelled, which costs more than to be woken by another
    task; so whoever comes first sleeps for all.
    """

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(READ_BYTES))
        self._has_sleeper = False
        self._others = trio.lowlevel.ParkingLot()

    async def lull(self) -> None:
        """Wait for the next moment to read, at most LULL_S away."""
        if self._has_sleeper:
            await self._others.park()
            return
        self._has_sleeper = True
        try:
            await trio.sleep(LULL_S)
        finally:
            self._has_sleeper = False
            self._others.unpark_all()
