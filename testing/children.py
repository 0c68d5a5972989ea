"""Children of a test that run a function of it; none of them ever comes back into pytest."""

import os
import traceback
from collections.abc import Callable
from pathlib import Path

from seda import wire

_NOBODY = 65_534


def fork(act: Callable[[], int]) -> int:
    """Do something in a forked child and end it with what that returns; return the child's pid."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        code = act()
    except BaseException:  # noqa: BLE001 - or else there would be two who run the remaining tests
        traceback.print_exc()
    os._exit(code)


def fork_stranger(path: str, act: Callable[[wire.Link], int]) -> int:
    """Do something in a child that is another user and has connected to this socket.

    The socket's name is looked up from its directory, since those above are closed to others.
    """
    place = Path(path)
    place.chmod(0o777)
    place.parent.chmod(0o755)

    def be_stranger() -> int:
        os.chdir(place.parent)
        os.setuid(_NOBODY)
        return act(wire.connect(place.name))

    return fork(be_stranger)
