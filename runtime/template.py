"""The template: a process that has the stage's imports done and forks handlers.

Theory of operation. A handler has to be the controller's own child, so that its exit code and its
end reach the controller, and so that it outlives its template. The template therefore forks twice:

    controller (subreaper)
      `- template
           `- intermediate    says Born for the handler, then exits; reaped at once
                `- handler    orphaned by that, comes to the nearest subreaper: the controller

Born is said before the handler changes parents. So whatever child the controller finds has been
announced on some handler's socket already, and a child that was not is a stray. The other side of
it: for a moment after Born `waitpid` may not know the handler; a pidfd and Ready do.

The handler must not ask for its parent too early. It waits on a pidfd of the intermediate, which
becomes readable after the kernel has handed on the orphans.

What is forked has to be forkable: threads do not survive a fork, and a lock that one of them holds
stays locked for ever; a library that opened a file would find another under its number after the
handler closed what is not its own. Both are looked for once the code has warmed up, and reported.

`clone(CLONE_PARENT)` would do with one fork, but bypasses what Python and libc do around one.
"""

import gc
import os
import select
import socket
import time
from collections.abc import Callable
from pathlib import Path

import attrs

from runtime import code as codes
from runtime import handler
from runtime.code import Code, Unusable
from runtime.descriptors import keep_only, open_now, redirect_standard
from runtime.sandbox import places
from seda import stage_config
from seda.processes import die_with_parent
from seda.protocol import Born, Fork, Warm
from seda.stage_config import StageConfig
from seda.wire import Closed, Link, close_all

_PROBLEM_CHARACTERS = 2000


@attrs.frozen
class Template:
    """What every fork has in common."""

    controller_pid: int
    config: StageConfig
    code: Code


def run(config_descriptor: int, control: socket.socket) -> None:
    """Warm up, then fork a handler whenever the controller asks, until it is gone."""
    controller_pid = handler.maker_of(control)
    die_with_parent(controller_pid)
    link = Link(control)
    try:
        config = stage_config.read(config_descriptor)
        template = Template(controller_pid, config, _warm_up(config))
    except Unusable as error:
        link.send(Warm(os.getpid(), str(error)[:_PROBLEM_CHARACTERS]))
        raise
    link.send(Warm(os.getpid()))
    _serve(link, template)


def _warm_up(config: StageConfig) -> Code:
    """Import the code and freeze what was made, so that forks do not copy it."""
    before = open_now()
    code = codes.load(config)
    if config.row.handler == "async":
        import runtime.asynchronous  # noqa: F401, PLC0415 - only where trio is needed
    opened = {number: what for number, what in open_now().items() if number not in before}
    if opened:
        raise Unusable(
            f"stage {config.row.name!r}: importing or warming up left open {opened}; open files "
            "when an event is handled, or start the stage by exec"
        )
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads > 1:
        raise Unusable(
            f"stage {config.row.name!r}: importing or warming up started {threads - 1} threads, "
            "which no fork has; make sessions with one thread, or start the stage by exec"
        )
    if config.row.handler == "function" or config.row.reads is not None:
        places.readable(has_gpu=False)  # found once, for all forks
    gc.collect()
    gc.freeze()
    return code


def _serve(link: Link, template: Template) -> None:
    readable = select.poll()
    readable.register(link, select.POLLIN)
    while True:
        readable.poll()
        try:
            got = link.receive()
        except Closed:
            return
        match got:
            case Fork(), [its_socket, output]:
                _fork(template, its_socket, output)


def _fork(template: Template, its_socket: int, output: int) -> None:
    """Make a handler that is the controller's child."""
    began_s = time.monotonic()
    try:
        intermediate = _fork_to(lambda: _announce(template, its_socket, output, began_s))
        os.waitpid(intermediate, 0)
    except OSError as error:
        # The controller sees the handler's socket closed before Born.
        handler.complain(f"stage {template.config.row.name!r}: cannot fork: {error}")
    finally:
        close_all((its_socket, output))


def _announce(template: Template, its_socket: int, output: int, began_s: float) -> None:
    """Fork the handler and say so, as the intermediate."""
    me = os.getpid()
    link = Link(socket.socket(fileno=its_socket))
    born = _fork_to(lambda: _be_handler(template, link, output, me, began_s))
    link.send(Born(born))
    link.close()


def _be_handler(
    template: Template, link: Link, output: int, intermediate: int, began_s: float
) -> None:
    """Become the controller's child and serve."""
    _wait_until_orphaned(intermediate)
    die_with_parent(template.controller_pid)
    redirect_standard(output)
    config = template.config
    keep_only([link.fileno(), *(config.sockets[name] for name in config.row.listens)])
    handler.work(link, config, lambda: template.code, began_s)


def _fork_to(main: Callable[[], None]) -> int:
    """Fork a process that does this and nothing else, and return its pid."""
    pid = os.fork()
    if pid == 0:
        handler.run_and_exit(main)
    return pid


def _wait_until_orphaned(parent_pid: int) -> None:
    try:
        pidfd = os.pidfd_open(parent_pid)
    except ProcessLookupError:
        return
    if os.getppid() == parent_pid:  # so the pidfd is the parent's, not one of a pid used anew
        select.select([pidfd], [], [])
    os.close(pidfd)
