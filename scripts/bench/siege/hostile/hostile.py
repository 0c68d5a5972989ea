"""`siege/hostile`: handlers whose code was taken over, in a running seda with all its stages.

One of a function stage tries to read every secret there is, to connect to everything, and to look
into other processes. One says to its controller what its row does not give. One of a stage with the
network knocks at every controller in another stage's name.
"""

import os
import time
from typing import Any

from scripts.bench.report import Figure
from scripts.bench.siege.hostile.pipelines import HOSTILE
from seda.codec import decode_body, encode_body
from seda.messages import Event, Settlement
from seda.pipeline import PIPELINE
from testing.handlers.hostile import Aims, Outcome, Outcomes
from testing.ports import free_port
from testing.running.rig import Rig
from testing.running.source import Source

LIMIT_S = 60.0
"""No measure: only a rig that is broken takes so long."""
_SETTINGS = """
[web]
address = "127.0.0.1:{port}"
[[channel]]
name = "room"
url = "http://127.0.0.1:9/"
secret = "between us"
"""


def run() -> dict[str, Figure]:
    """Attack, and count what got through."""
    with Rig(
        "scripts.bench.siege.hostile.pipelines:HOSTILE", _SETTINGS.format(port=free_port())
    ) as rig:
        aims = _aims(rig)
        before = _arrived(rig)
        ends = {stage: _submit(rig, stage, aims) for stage in ("hostile", "forger", "astray")}
        outcomes = decode_body((rig.data / "report" / "outcomes").read_bytes(), Outcomes).all
        welcomes = (rig.data / "astray" / "welcomes").read_text().splitlines()
        forged = _arrived(rig) - before
        if ends["hostile"].outcome != "done" or ends["astray"].outcome != "done":
            raise RuntimeError(f"an attack did not take place: {ends}")
        return _figures(outcomes, len(welcomes) + forged, _garbage(rig))


def _figures(outcomes: tuple[Outcome, ...], forged: int, refused: int) -> dict[str, Figure]:
    through = [it.name.partition(":")[0] for it in outcomes if it.got_through]
    return {
        "hostile_attempts": Figure(len(outcomes), ""),
        "hostile_secrets_read": Figure(through.count("read"), ""),
        "hostile_connections": Figure(through.count("connect"), ""),
        "hostile_writes_and_signals": Figure(through.count("write") + through.count("signal"), ""),
        "hostile_forged_events": Figure(forged, ""),
        "hostile_forgers_ended": Figure(refused, ""),
    }


def _aims(rig: Rig) -> Aims:
    """Name everything that is not a function stage's business."""
    data = [rig.data / "lease.key", rig.data / "alarm" / "store.sqlite", rig.data]
    others = [rig.data / stage.name for stage in PIPELINE.stages]
    places = [*data, *others, rig.run, rig.run / "supervisor.json", rig.config]
    pids = [rig.pid, *(pid for stage in HOSTILE.stages if (pid := rig.controller(stage.name)))]
    _, _, port = rig.operations.partition(":")
    return Aims(
        secrets=tuple(str(path) for path in places if path.exists()),
        sockets=tuple(rig.socket_of(stage.name) for stage in HOSTILE.stages),
        port=int(port),
        pids=tuple(pids),
    )


def _submit(rig: Rig, stage: str, aims: Aims) -> Settlement:
    """Hand a stage its event and wait for the end."""
    source = Source(rig.socket_of(stage))
    until_s = time.monotonic() + LIMIT_S
    try:
        source.submit(Event(f"{stage}-{os.getpid()}", "aims", "gate", encode_body(aims)))
        while time.monotonic() < until_s:
            for settlement in source.pump(1.0):
                return settlement
    finally:
        source.close()
    raise RuntimeError(f"the event of stage {stage} was not settled within {LIMIT_S:g} s")


def _arrived(rig: Rig) -> int:
    """Count the events that came to the stages that nobody of this siege is to give any."""
    return sum(
        view["figures"]["events"]["arrived"]
        for view in _heard(rig)
        if view["stage"] in ("anomaly", "transcoder", "assignment", "alarm", "http_reply")
    )


def _garbage(rig: Rig) -> int:
    """Count the handlers that were ended because of what they said."""
    return sum(
        view["figures"]["restarts"].get("garbage", 0)
        for view in _heard(rig)
        if view["stage"] == "forger"
    )


def _heard(rig: Rig) -> list[dict[str, Any]]:
    """Return the stages' figures, none of them older than now."""
    asked_s = time.monotonic()
    while time.monotonic() < asked_s + LIMIT_S:
        views = rig.stages()["stages"]
        if all(it["figures"] and it["figures"]["at_s"] > asked_s for it in views):
            return list(views)
        time.sleep(0.1)
    raise RuntimeError("the stages' figures do not come")
