"""Python imports this by itself where its folder is on the path: the wall clock jumps.

By two days, forward and back, at every look; the monotonic clock goes on as it is.
"""

import itertools
import time

STEP_S = 2 * 86_400
_real = time.time
_looks = itertools.count()


def _stepped() -> float:
    return _real() + (STEP_S if next(_looks) % 2 else -STEP_S)


time.time = _stepped
time.time_ns = lambda: int(_stepped() * 1e9)
