"""The real stage on real footage while its handlers die and hang: no score changes (R9, R24)."""

import json
import os
import random
import select
import signal
import time
from contextlib import closing
from pathlib import Path

import attrs
import pytest

from anomaly.detect import Call, detect_anomaly
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory, pack_memory, unpack_memory
from anomaly.types import Batch, Picture, ScoredFrame
from conf.schema import Isolation, StageSettings
from seda import payload, processes
from seda.messages import Event, Settlement
from seda.pipeline import ANOMALY, Stage, StageOutput
from seda.sender import Sender
from testing.controllers.stations import station
from testing.data import DATA
from testing.messages.batches import CHUNK_PICTURES, INTERVAL_S, make_batch
from testing.needs import needs_data
from testing.waiting import PATIENCE_S

ROUNDS = 12
CLIPS = ("02", "03", "06", "07", "09")
Judged = tuple[float, float, str, str]
SCORES = Stage("scores", "testing.handlers.scores:keep", ("scored_frame",))


def clip(name: str) -> list[bytes]:
    """Read the first pictures of a test clip, as many as the rounds need."""
    files = sorted((DATA / "ped2/testing/frames" / name).glob("*.jpg"))
    return [file.read_bytes() for file in files[: ROUNDS * CHUNK_PICTURES]]


def chunks(pictures: list[bytes]) -> list[list[bytes]]:
    """Cut a clip into chunks."""
    starts = range(0, len(pictures), CHUNK_PICTURES)
    return [pictures[start : start + CHUNK_PICTURES] for start in starts]


def undisturbed(name: str, parts: list[list[bytes]]) -> dict[int, Judged]:
    """Judge a clip without any stage, the memory going through its bytes after every chunk."""
    graph, memory, found = MotionGraph(why_not_gpu="not asked for"), CameraMemory(name), {}
    for sequence, part in enumerate(parts):
        first_s = 1e6 + sequence * CHUNK_PICTURES * INTERVAL_S
        shown = tuple(Picture(first_s + n * INTERVAL_S, one) for n, one in enumerate(part))
        (outcome,) = detect_anomaly([Call(Batch(name, 1, sequence, shown), memory)], graph)
        assert isinstance(outcome, ScoredFrame)
        memory = unpack_memory(pack_memory(memory), name)
        words = outcome.evidence.words
        found[sequence] = (outcome.raw, outcome.threat, outcome.band.value, words)
    return found


@attrs.define
class Saboteur:
    """Hits a handler at a random moment of every round, so no chunk fails alone twice."""

    controller: int
    chance: random.Random | None
    """None: it does nothing."""
    hits: int = 0

    def plan(self) -> tuple[float, signal.Signals]:
        """Return the moment of a round's hit, and how."""
        if self.chance is None:
            return float("inf"), signal.SIGKILL
        at_s = time.monotonic() + self.chance.uniform(0, 0.08)
        return at_s, signal.SIGSTOP if self.hits % 4 == 3 else signal.SIGKILL

    def hit(self, how: signal.Signals) -> bool:
        """Kill or stop one of the handlers, if there is one; the eldest child is the template."""
        handlers = sorted(processes.children_of(self.controller))[1:]
        if not handlers or self.chance is None:
            return False
        os.kill(self.chance.choice(handlers), how)
        self.hits += 1
        return True


def play_round(sender: Sender, batches: list[tuple[Event, bytes]], saboteur: Saboteur) -> None:
    """Submit a chunk of each camera, strike once, and wait until all are done."""
    for event, content in batches:
        sender.submit(event, (payload.make(content),))
    settled: list[Settlement] = []
    at_s, how = saboteur.plan()
    end_s = time.monotonic() + PATIENCE_S
    while len(settled) < len(batches):
        settled += sender.pump()
        now_s = time.monotonic()
        assert now_s < end_s, settled
        if now_s >= at_s:
            at_s = end_s if saboteur.hit(how) else now_s + 0.02
        waited_for = [sender.fileno()] if sender.fileno() >= 0 else []
        select.select(waited_for, [], [], max(0.0, min(0.02, at_s - now_s)))
    assert {it.outcome for it in settled} == {"done"}, settled


def read_scores(folder: Path) -> dict[str, dict[int, Judged]]:
    """Read what came out of the stage; every chunk once."""
    found: dict[str, dict[int, Judged]] = {}
    for path in sorted(folder.glob("*.json")):
        facts, sizes = json.loads(path.read_bytes())
        assert len(sizes) == 3
        judged = (facts["raw"], facts["threat"], facts["band"], facts["words"])
        of_camera = found.setdefault(facts["camera"], {})
        assert facts["sequence"] not in of_camera
        of_camera[facts["sequence"]] = judged
    return found


def row(isolation: Isolation, code: str = ANOMALY.code) -> Stage:
    """Return the detector's row with the stage of scores as its successor."""
    settings = StageSettings(
        handlers_max=2, events_per_call=4, deadline_ceiling_s=10.0, isolation=isolation
    )
    gives = (StageOutput("scored_frame", "scores"),)
    return attrs.evolve(ANOMALY, code=code, gives=gives, settings=settings)


def play(folder: Path, stage: Stage, rounds: int, chance: random.Random | None) -> int:
    """Play the clips through the stage and compare; return how often a handler was hit."""
    cut = {name: chunks(clip(name))[:rounds] for name in CLIPS}
    with (
        station(folder, SCORES),
        station(folder, stage, "scores") as detector,
        closing(Sender(detector.path, "test")) as sender,
    ):
        saboteur = Saboteur(detector.process.pid, chance)
        for number in range(rounds):
            parts = [make_batch(name, number, cut[name][number]) for name in CLIPS]
            play_round(sender, parts, saboteur)
    found = read_scores(folder / "data/scores")
    assert found == {name: undisturbed(name, parts) for name, parts in cut.items()}
    return saboteur.hits


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("isolation", ["pooled", "per_event"])
def test_handlers_killed_and_stopped_at_random_change_no_score(
    tmp_path: Path, isolation: Isolation
) -> None:
    """Every chunk is scored once, and as if nothing had happened."""
    hits = play(tmp_path, row(isolation), ROUNDS, random.Random(isolation))
    assert hits >= ROUNDS // 2


@needs_data
@pytest.mark.slow
def test_handlers_that_end_after_they_learned_change_no_score(tmp_path: Path) -> None:
    """Who wrote its memory and could not say so is repeated from the memory before (R24)."""
    play(tmp_path, row("pooled", "testing.handlers.fragile:judge"), 6, None)
    ended = {path.name for path in tmp_path.glob("data/anomaly/ended-*")}
    assert ended == {"ended-2", "ended-3"}
