"""`siege/newcomers`: strangers who invent names, against people who sign in for the first time.

Each guess comes from another address of 127.0.0.0/8 and by another name, so that no limit of an
address or a name holds. Meanwhile spotters ask on connections that are kept, and people sign in by
password, each time from an address at which nobody was before.
"""

import contextlib
import http.client
import itertools
import json
import multiprocessing
import random
import statistics
import threading
import time
from collections import Counter
from multiprocessing.connection import Connection

from scripts.bench.report import Figure, progress
from scripts.bench.siege.crowds.inside import NEWCOMERS, SPOTTERS, invite
from scripts.bench.siege.crowds.spotters import PATIENCE_S, People, Site
from testing.ports import free_port
from testing.running.rig import Rig

GUESSERS = 40
QUIET_S = 8.0
SIEGE_S = 30.0
_SPOTTERS_PLACES = [f"127.9.9.{number}" for number in range(1, SPOTTERS + 1)]
_NEWCOMERS_PLACES = [f"127.200.{number}.9" for number in range(1, 250)]
_HOST = "127.0.0.1"


def run() -> dict[str, Figure]:
    """Have people come while others guess."""
    port, secrets = free_port(), list[str]()
    rig = Rig("testing.running.pipelines:RING", f'[web]\naddress = "{_HOST}:{port}"\n')
    rig.prepare = lambda: secrets.extend(invite(rig.data))
    names = [f"newcomer{number}" for number in range(NEWCOMERS)]
    places = [*_SPOTTERS_PLACES, *_NEWCOMERS_PLACES]
    with rig, People(Site(_HOST, port), secrets, names, places) as watching:
        time.sleep(QUIET_S)
        quiet, parsers = watching.forget(), rig.handlers("http_parser")
        told = _besiege(port)
        noted = watching.forget()
        lost = len(set(parsers) - set(rig.handlers("http_parser")))
    progress(f"the guessers were told {told}")
    return {
        "newcomers_quiet_requests_p99_ms": Figure(_p99_ms(quiet.asked_s), "ms"),
        "newcomers_requests_p99_ms": Figure(_p99_ms(noted.asked_s), "ms"),
        "newcomers_sign_in_max_s": Figure(max(noted.signed_in_s), "s"),
        "newcomers_sign_in_median_s": Figure(statistics.median(noted.signed_in_s), "s"),
        "newcomers_sign_ins": Figure(len(noted.signed_in_s), ""),
        "newcomers_quiet_sign_in_median_s": Figure(statistics.median(quiet.signed_in_s), "s"),
        "newcomers_people_cut": Figure(noted.cut, ""),
        "newcomers_people_refused": Figure(noted.refused, ""),
        "newcomers_parsers_lost": Figure(lost, ""),
        "newcomers_guesses": Figure(sum(told.values()), ""),
        "newcomers_guesses_in_the_ledger": Figure(told.get("401", 0), ""),
    }


def _p99_ms(asked_s: list[float]) -> float:
    return 1000 * statistics.quantiles(asked_s, n=100)[98]


def _besiege(port: int) -> dict[str, int]:
    """Have strangers guess for a while; return how often they were told what."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_guess_all, args=(port, there))
    process.start()
    try:
        told: dict[str, int] = here.recv()
    finally:
        process.join()
    return told


def _guess_all(port: int, tell: Connection) -> None:
    told, until_s = Counter[str](), time.monotonic() + SIEGE_S
    threads = [
        threading.Thread(target=_guess, args=(port, network, until_s, told))
        for network in range(50, 50 + GUESSERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tell.send(dict(told))


def _guess(port: int, network: int, until_s: float, told: Counter[str]) -> None:
    for number in itertools.count():
        if time.monotonic() >= until_s:
            return
        source = f"127.{network}.{number // 200 % 200}.{1 + number % 200}"
        told[_try(port, source)] += 1


def _try(port: int, source: str) -> str:
    """Try a name that nobody has; return the answer's status."""
    name = f"nobody{random.randrange(10**9)}"  # noqa: S311 - guards nothing
    body = json.dumps({"name": name, "password": "a guess like others"})
    link = http.client.HTTPConnection(_HOST, port, PATIENCE_S, (source, 0))
    with contextlib.closing(link):
        try:
            link.request("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
            return str(link.getresponse().status)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
