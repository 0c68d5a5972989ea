"""How the first person comes in: a one-time link, shown on the terminal and kept nowhere.

The link is made by a program of the stages before they start, and comes here through a pipe; where
nobody sits at the output (a service's log) none is made, since it would lie there.
"""

import socket
import subprocess
import sys
from pathlib import Path

from conf.addresses import host_and_port
from seda.command.configuration import Configuration

MODULE = "stages.alarm.people"
_LIMIT_S = 60.0
_EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - not to bind


def find_address(web: str, *, is_https: bool) -> str:
    """Return the address of the pages, as a browser on this machine or beside it takes it."""
    host, port = host_and_port(web)
    if host in _EVERYWHERE:
        host = socket.gethostname()
    host = f"[{host}]" if ":" in host else host
    return f"{'https' if is_https else 'http'}://{host}:{port}/"


def find_link(address: str, secret: str) -> str:
    """Return the address with a link's secret, behind a sign after which browsers send nothing."""
    return f"{address}#link={secret}"


def make_link(found: Configuration, *, always: bool) -> str:
    """Return the secret of a link where one is wanted; empty where there are users already.

    `always` is for the demo, where everybody who starts it is meant to look around.
    """
    command = [sys.executable, "-P", "-m", MODULE, "first", found.settings.data_directory]
    done = subprocess.run(
        [*command, *(["--always"] if always else [])],
        stdout=subprocess.PIPE,
        timeout=_LIMIT_S,
        check=False,
        text=True,
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def is_wanted(found: Configuration, *, always: bool) -> bool:
    """Tell whether a link has to be thought of: the program takes a third of a second to say no."""
    return always or not Path(found.settings.data_directory, "alarm", "store.sqlite").exists()
