"""What the runtime calls: facts come in by `serve`, the operations address is answered by `run`."""

import time

import trio

from seda import logs
from seda.codec import decode_body
from seda.messages import CameraFact, ScoredFacts, StageFigures, SupervisorFigures
from stages.live.answers import Answer, answer
from stages.live.cameras import Change
from stages.live.gathering import Gathering
from stages.live.server import serve_connections
from stages.runtime.work import Context, Input

TICK_S = 1.0

_log = logs.get(__name__)


class Live:
    """One process's state of the stage; there is exactly one such process."""

    def __init__(self) -> None:
        self._gathering = Gathering()

    async def serve(self, fact: Input, context: Context) -> None:
        """Take a fact in."""
        await trio.lowlevel.checkpoint()
        now_s = time.monotonic()
        match fact.header.kind:
            case "stage_figures":
                self._gathering.take_stage(_stage_figures(fact), now_s)
            case "supervisor_figures":
                self._gathering.take_supervisor(fact.body(SupervisorFigures), now_s)
            case "camera_fact":
                self._tell(self._gathering.cameras.note(fact.body(CameraFact), now_s))
            case "scored_fact":
                self._gathering.take_score(fact.body(ScoredFacts), now_s)
            case _:
                context.count("unknown_facts")

    async def run(self, context: Context) -> None:
        """Answer on the operations address for as long as the process lives."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch_time)
            await serve_connections(context.sockets["operations"], self._answer)

    async def _watch_time(self) -> None:
        while True:
            self._tell(self._gathering.cameras.tick(time.monotonic()))
            await trio.sleep(TICK_S)

    @staticmethod
    def _tell(changes: list[Change]) -> None:
        """Log every change of a camera's state."""
        for change in changes:
            level = "info" if change.after in ("live", "connecting") else "warning"
            about = {"camera": change.camera, "before": change.before or "unknown"}
            about["why"] = change.why or "pictures come"
            logs.write(_log, level, f"camera is {change.after}", about)

    def _answer(self, method: str, target: str) -> Answer:
        return answer(method, target, self._gathering, time.monotonic())


def _stage_figures(fact: Input) -> StageFigures:
    """Decode a stage's figures; those with very many keys come as a payload."""
    if fact.payloads:
        return decode_body(bytes(fact.payloads[0].view()), StageFigures)
    return fact.body(StageFigures)


_live = Live()
serve = _live.serve
run = _live.run
