"""Says to whoever connects who it is, and otherwise does what the code of its row says.

good: ends at SIGTERM. crash: ends at once. stubborn: ignores SIGTERM. leave: as good, and starts a
process that nothing but a signal ends and that does not die with its parent. numb: as good, and its
loop turned only once, as far as its kept state says.
"""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

from seda import kept_state_memory, processes, stage_config


def main() -> None:
    """Run until killed or told to end."""
    config = stage_config.read(int(sys.argv[1]))
    does = config.row.code.partition(":")[2]
    if does == "crash":
        sys.exit(3)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if does == "stubborn" else _end)
    if does == "numb":
        os.pwrite(
            config.kept_state,
            kept_state_memory.BEAT.pack(time.monotonic()),
            kept_state_memory.BEAT_OFFSET,
        )
    left = _leave() if does == "leave" else 0
    listening = socket.socket(fileno=config.listening)
    listening.setblocking(True)
    words = {
        "pid": os.getpid(),
        "left": left,
        "successors": sorted(config.successors),
        "sockets": config.sockets,
        "descriptors": sorted(int(it.name) for it in Path("/proc/self/fd").iterdir()),
        "kept_state_bytes": os.fstat(config.kept_state).st_size,
    }
    guests = []
    while True:
        guest, _ = listening.accept()
        guest.send(json.dumps(words).encode())
        guests.append(guest)


def _end(*_: object) -> None:
    sys.exit(0)


def _leave() -> int:
    """Start a process twice removed, as a handler's code might."""
    processes.become_subreaper()
    reading, writing = os.pipe()
    if os.fork() == 0:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.close(writing)
            while True:
                time.sleep(1000)
        os.write(writing, str(pid).encode())
        os._exit(0)
    os.close(writing)
    return int(os.read(reading, 16))


main()
