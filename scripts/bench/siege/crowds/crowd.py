"""`siege/crowd`: 4,000 connections of strangers against a few spotters who are signed in.

Strangers hold heads, bodies, answers and handshakes of TLS as long as they are let, from 20
addresses each in a network of its own, and from one /64 of many. What is ended is opened again, so
many a second. In a second siege a hundred send requests in chunks of a byte, or with thousands of
fields, or whatever else could cost more than its bytes. Meanwhile spotters ask on connections that
are kept, and people sign in by password on new ones. All of it runs in a network namespace of its
own, which ends with it; where none can be made, from addresses of 127.0.0.0/8, without the /64, and
the row says so.
"""

import contextlib
import json
import os
import subprocess
import sys

from scripts.bench.report import Figure, progress

LIMIT_S = 480.0
ADDRESSES = 20
OF_THE_64 = 200
_ADDRESSES_BY_NETWORK = {
    "namespace": (
        [f"fd00:{number:x}::1" for number in range(1, ADDRESSES + 1)],
        [f"fd00:5eda::{number:x}" for number in range(1, OF_THE_64 + 1)],
        [f"fd00:99::{number:x}" for number in range(1, 17)],
    ),
    "loopback": (
        [f"127.1.{number}.1" for number in range(1, ADDRESSES + 1)],
        [],
        [f"127.9.9.{number}" for number in range(1, 17)],
    ),
}


def addresses(network: str) -> tuple[list[str], list[str], list[str]]:
    """Return the strangers' addresses, those of one /64, and the spotters'."""
    return _ADDRESSES_BY_NETWORK[network]


def run() -> dict[str, Figure]:
    """Run it in a namespace, or as far as it goes without one."""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    if _can(["unshare", "--net", *as_root, "true"]) and _can(["ip", "-V"]):
        return _inside(["unshare", "--net", *as_root, "--"], "namespace")
    progress("no network namespace can be made here: the /64 is skipped")
    return _inside([], "loopback")


def _inside(prefix: list[str], network: str) -> dict[str, Figure]:
    command = [*prefix, sys.executable, "-P", "-m", "scripts.bench.siege.crowds.inside", network]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=LIMIT_S, check=True)
    found: dict[str, tuple[float, str]] = json.loads(done.stdout.splitlines()[-1])
    return {name: Figure(value, unit) for name, (value, unit) in found.items()}


def _can(command: list[str]) -> bool:
    with contextlib.suppress(OSError):
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


def prepare_network(network: str) -> None:
    """Give this namespace its addresses; those of 127.0.0.0/8 are there as they are."""
    if network != "namespace":
        return
    words = ["link set lo up"]
    words += [f"addr add {it}/128 dev lo nodad" for lot in addresses(network) for it in lot]
    lines = "\n".join(words).encode()
    subprocess.run(["ip", "-6", "-batch", "-"], input=lines, check=True)  # noqa: S607 - as found
