"""The template of a stage, or one handler that is started by exec.

    python -P -m runtime CONFIG_FD SOCKET_FD
    python -P -m runtime CONFIG_FD SOCKET_FD --handler

Both inherit the configuration's memory, their end of a socket pair that the controller itself made
(the kernel tells from it who the controller is), and the sockets that the row's `listens` names
under the numbers in the configuration. Standard output and standard error are the caller's to
redirect.

Without `--handler` this is the template: the socket is its control socket, on which it says Warm
and is told Fork. With it, for a row with `start="exec"`, the process is the handler: the socket is
the handler's, on which it says Born and, once it has imported the stage's code, Ready.
"""

import faulthandler
import os
import signal
import socket
import sys

# Before any library that reads them: one thread each, because a process with threads cannot be
# forked and because the stages share the processors; and nothing reported to anybody outside.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

from runtime import handler, template  # noqa: E402 - see above


def main() -> None:
    """Be what the arguments say."""
    # Forks inherit all this: lines leave when they are complete, a crash prints its stack.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    faulthandler.enable()
    # The controller says when to stop; an interrupt at the terminal reaches everybody at once.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    config_descriptor, control = int(sys.argv[1]), socket.socket(fileno=int(sys.argv[2]))
    if sys.argv[3:] == ["--handler"]:
        handler.start_here(config_descriptor, control)
    else:
        template.run(config_descriptor, control)


handler.run_and_exit(main)
