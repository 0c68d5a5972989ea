"""A handler's life from its first limits to its exit code, however it was started.

The exit code is 78 (EX_CONFIG) when it cannot start, 0 when the controller said stop or is gone,
the code's own where the code ended the process, and otherwise 1.
"""

import os
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from runtime import code as codes
from runtime import function
from runtime.code import Code, Unusable
from runtime.descriptors import keep_only, redirect_standard
from runtime.sandbox import limits
from seda import stage_config
from seda.processes import die_with_parent
from seda.protocol import Born, Ready
from seda.stage_config import StageConfig
from seda.wire import Closed, Link

_CREDENTIALS = struct.Struct("3i")


def maker_of(sock: socket.socket) -> int:
    """Return the pid of the controller: the kernel remembers who made a pair of sockets."""
    found = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(found)[0])


def start_here(config_descriptor: int, sock: socket.socket) -> None:
    """Be a handler that was started by exec: all that a template does, in this process."""
    began_s = time.monotonic()
    die_with_parent(maker_of(sock))
    link = Link(sock)
    link.send(Born(os.getpid()))
    config = stage_config.read(config_descriptor)
    redirect_standard()
    keep_only([link.fileno(), *(config.sockets[name] for name in config.row.listens)])
    work(link, config, lambda: codes.load(config), began_s)


def work(link: Link, config: StageConfig, load: Callable[[], Code], began_s: float) -> None:
    """Take the limits, say Ready and serve until the controller says stop or is gone."""
    try:
        # Before code is loaded here: some limits hold for the threads that are started later only.
        notes = limits.take(config)
        code = load()
        link.send(Ready(time.monotonic() - began_s, notes))
    except Closed:
        return
    except OSError as error:
        raise Unusable(f"stage {config.row.name!r}: a handler cannot start: {error}") from error
    _serve(link, code, config)


def _serve(link: Link, code: Code, config: StageConfig) -> None:
    try:
        if config.row.handler == "function":
            function.serve(link, code, config)
        else:
            # Imported where it is needed, because trio takes longer to import than all the rest.
            from runtime import asynchronous  # noqa: PLC0415

            asynchronous.serve(link, code, config)
    except Closed:
        return


def run_and_exit(main: Callable[[], None]) -> NoReturn:
    """Run to the end and leave at once: what was inherited is not this process's to clean up."""
    status = 1
    try:
        main()
        status = 0
    except Unusable as error:
        complain(error)
        status = os.EX_CONFIG
    except SystemExit as error:
        status = _status(error)
    except BaseException:  # noqa: BLE001 - this is the end of the process, whatever it was
        traceback.print_exc()
    finally:
        _flush()
        os._exit(status)


def complain(what: object) -> None:
    """Print to where the controller makes log lines of it."""
    sys.stderr.write(f"{what}\n")


def _status(error: SystemExit) -> int:
    """Return the exit code that Python would have used."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    complain(error.code)
    return 1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue
