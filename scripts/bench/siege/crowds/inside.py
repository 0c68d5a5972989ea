"""What `siege/crowd` runs in its namespace: seda, strangers and people, plain and over TLS."""

import json
import multiprocessing
import ssl
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import trustme

from scripts.bench.report import progress
from scripts.bench.siege.crowds.crowd import addresses, prepare_network
from scripts.bench.siege.crowds.spotters import PASSWORD, Noted, People, Site
from scripts.bench.siege.crowds.strangers import Crowd, besiege
from store.file.database import Store, Transaction
from store.file.places import store_path
from store.people.passwords import hash_password
from store.people.people import User, add_user, issue
from testing.ports import free_port
from testing.running.rig import Rig

SPOTTERS = 8
NEWCOMERS = 4
GATHER_LIMIT_S = 30.0
QUIET_S = 8.0
SIEGE_S = 20.0
CONNECTIONS = 4000
PLAIN = ("head", "body", "reader")
FEW = 100
COSTLY = ("chunks", "extensions", "trailers", "blocks", "fields", "long head")
Figures = dict[str, tuple[float, str]]


def besieged(
    network: str,
    kinds: Sequence[str],
    prefix: str,
    folder: Path | None = None,
    connections: int = CONNECTIONS,
) -> Figures:
    """Have people watch under siege; the folder is for a certificate, where it is to be TLS."""
    strangers, of_64, people = addresses(network)
    host = "[::1]" if network == "namespace" else "127.0.0.1"
    port = free_port()
    settings, context = f'[web]\naddress = "{host}:{port}"\n', None
    if folder is not None:
        words, context = _certify(folder, host.strip("[]"))
        settings += words
    rig, secrets = Rig("testing.running.pipelines:RING", settings), list[str]()
    rig.prepare = lambda: secrets.extend(invite(rig.data))
    names = [f"newcomer{number}" for number in range(NEWCOMERS)]
    with rig:
        target = (host.strip("[]"), port)
        site = Site(*target, context)
        # By turns, so that the network is pressed as hard as all the others together.
        sources = [it for pair in zip(strangers * len(of_64), of_64, strict=False) for it in pair]
        with People(site, secrets, names, people) as watching:
            time.sleep(QUIET_S)
            quiet = watching.forget()
            before, parsers = _times_s(rig), rig.handlers("http_parser")
            ended = _besiege(Crowd(target, kinds, sources or strangers, connections))
            noted = watching.forget()
            lost = len(set(parsers) - set(rig.handlers("http_parser")))
            ran_s, waited_s = (b - a for a, b in zip(before, _times_s(rig), strict=True))
    quiet_ms = 1000 * statistics.quantiles(quiet.asked_s, n=100)[98]
    return {
        f"{prefix}_quiet_requests_p99_ms": (quiet_ms, "ms"),
        **_figures(prefix, noted, ended),
        f"{prefix}_parsers_lost": (lost, ""),
        f"{prefix}_door_ran_s": (ran_s, "s"),
        f"{prefix}_door_waited_for_a_processor_s": (waited_s, "s"),
    }


def _times_s(rig: Rig) -> tuple[float, float]:
    """Return for how long the parser ran, and could have run if it had been given a processor.

    Where it waited for much longer than it ran the machine was busy with something else, and the
    latencies are those of that machine.
    """
    times = [
        Path(f"/proc/{handler}/schedstat").read_text().split()
        for handler in rig.handlers("http_parser")
    ]
    return sum(int(it[0]) for it in times) / 1e9, sum(int(it[1]) for it in times) / 1e9


def _besiege(crowd: Crowd) -> int:
    """Have strangers come and stay; return how many of their connections ended."""
    context = multiprocessing.get_context("spawn")
    stopping, held, ended = context.Event(), context.Value("i", 0), context.Value("i", 0)
    arguments = (crowd, stopping, held, ended)
    process = context.Process(target=besiege, args=arguments)
    process.start()
    try:
        _gather(held, crowd.connections)
        time.sleep(SIEGE_S)
        progress(f"{held.value} connections of strangers stand at the end")
    finally:
        stopping.set()
        process.join()
    return int(ended.value)


def _gather(held: object, connections: int) -> None:
    """Wait until all strangers are there, as far as they are let."""
    until_s = time.monotonic() + GATHER_LIMIT_S
    while held.value < connections * 0.95 and time.monotonic() < until_s:  # type: ignore[attr-defined]  # a shared number
        time.sleep(0.1)


def _figures(prefix: str, noted: Noted, opened: int) -> Figures:
    return {
        f"{prefix}_requests_p99_ms": (1000 * statistics.quantiles(noted.asked_s, n=100)[98], "ms"),
        f"{prefix}_requests": (len(noted.asked_s), ""),
        f"{prefix}_sign_in_max_s": (max(noted.signed_in_s), "s"),
        f"{prefix}_sign_ins": (len(noted.signed_in_s), ""),
        f"{prefix}_people_cut": (noted.cut, ""),
        f"{prefix}_people_refused": (noted.refused, ""),
        f"{prefix}_strangers_ended": (opened, ""),
    }


def invite(data: Path) -> list[str]:
    """Add people to the store before anything runs; return the spotters' sessions."""
    path = store_path(data)
    path.parent.mkdir(parents=True)
    password_hash = hash_password(PASSWORD)
    with closing(Store(path)) as store:
        for number in range(NEWCOMERS):
            store.write_one(time.time(), _adding(f"newcomer{number}", password_hash))
        return [
            store.write_one(time.time(), _adding(f"spotter{number}", password_hash))
            for number in range(SPOTTERS)
        ]


def _adding(name: str, password_hash: str) -> Callable[[Transaction], str]:
    def change(tx: Transaction) -> str:
        add_user(tx, User(name=name, role="spotter", scope=None), password_hash, "bench")
        return issue(tx, "session", name, 86_400.0)

    return change


def _certify(folder: Path, host: str) -> tuple[str, ssl.SSLContext]:
    """Make a certificate; return its lines of configuration and a context that trusts it."""
    authority = trustme.CA()
    made = authority.issue_cert(host)
    chain, key = folder / "cert.pem", folder / "key.pem"
    chain.write_bytes(b"".join(pem.bytes() for pem in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    key.chmod(0o600)
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return f'[web.tls]\ncertificate = "{chain}"\nkey = "{key}"\n', context


def main(network: str) -> None:
    """Run the sieges and print the figures as JSON."""
    import tempfile  # noqa: PLC0415 - for the certificate alone

    prepare_network(network)
    progress("heads, bodies and readers")
    figures = besieged(network, PLAIN, "crowd")
    progress("small requests that cost as much as can be")
    figures |= besieged(network, COSTLY, "crowd_costly", connections=FEW)
    with tempfile.TemporaryDirectory(prefix="seda-bench-") as folder:
        progress("handshakes")
        figures |= besieged(network, ("handshake",), "crowd_tls", Path(folder))
    if network == "namespace":
        figures["crowd_addresses_of_one_64"] = (len(addresses(network)[1]), "")
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
