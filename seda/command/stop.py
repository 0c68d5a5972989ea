"""`seda stop`: asks the supervisor to stop, waits for its end and says how it went."""

import argparse
import os
import select
import signal
import time

import msgspec

from seda.command import configuration, exits
from seda.supervisor import directory
from seda.supervisor.directory import Holder

GRACE_S = 10.0
"""On top of what the supervisor takes for its stages: reaping, and a machine that is busy."""


def execute(arguments: argparse.Namespace) -> int:
    """Stop what runs on the run directory."""
    path = configuration.load(arguments).run_directory
    state = directory.read_state(path)
    with directory.Watched.open(path) as watched:
        ...
    return exits.OK
