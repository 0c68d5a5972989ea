"""What the runtime calls: `warm` once in the template, `judge` for every call.

All batches of a call are judged together, because the graph runs several pictures in less time
than one by one. A batch that cannot be judged is dropped as "not scored" and says why in the log;
it never becomes a score. A batch that is not what its sender says raises, which is quarantine's
business.
"""

from collections.abc import Iterator, Sequence

import attrs

from anomaly.detect import Call, detect_anomaly
from anomaly.features import MotionGraph, why_no_gpu
from anomaly.memory_file import Chunk
from anomaly.plugins.opening import Unusable
from anomaly.types import Batch, ScoredFrame
from conf.schema import Settings
from runtime.work import Context, Input, Product, Several
from seda.codec import decode_body
from seda.disk import room
from seda.messages import BatchFacts, Lesson
from seda.stage_config import StageConfig
from stages.anomaly import unneeded_memories
from stages.anomaly.batches import jpeg_of, read_batch
from stages.anomaly.configured import Configured, configure
from stages.anomaly.memories import Loaded, load_memory, store_memory
from stages.anomaly.products import draft_fact, draft_frame
from stages.anomaly.teaching import teach

NOT_SCORED = "not scored"
REFUSED = "lesson refused"


@attrs.frozen
class _Opened:
    """A batch with its camera's memory, ready to be judged."""

    event: Input
    facts: BatchFacts
    batch: Batch
    chunk: Chunk
    loaded: Loaded


class Detector:
    """One process's graph and settings; nothing else outlives a call."""

    def __init__(self) -> None:
        self._graph: MotionGraph | None = None
        self._configured = Configured()
        self._said = ""

    def warm(self, config: StageConfig) -> None:
        """Open the graphs: on the CPU where handlers are forked, since no GPU survives that."""
        self._graph = MotionGraph(why_not_gpu=_why_not_gpu(config))
        self._say_device(self._graph)
        settings = decode_body(config.content, Settings) if config.content else Settings()
        limit_bytes = config.settings.memory_limit_bytes
        self._configured = configure(settings, limit_bytes, _say)

    def judge(self, events: Sequence[Input], context: Context) -> Iterator[Product]:
        """Judge all batches of a call together, and learn from its lessons."""
        opened: list[_Opened] = []
        for event in events:
            if event.header.kind == "lesson":
                yield from _teach(event, context)
                continue
            try:
                opened.append(_open(event, context))
            except OSError as error:
                yield _not_scored(event, context, f"its memory cannot be opened: {error}")
        graph = self._graph or MotionGraph(why_not_gpu="not warmed up")
        calls = [self._call(one) for one in opened]
        for one, call, outcome in zip(opened, calls, detect_anomaly(calls, graph), strict=True):
            if isinstance(outcome, ScoredFrame):
                scored = _with_problems(one, call, outcome, context)
                yield from _give(one, scored, graph.device, context)
            else:
                yield _not_scored(one.event, context, outcome.reason)
        self._say_device(graph)
        context.count(f"chunks_on_{graph.device.split()[0].lower()}", len(opened))
        self._forget_removed(opened, context)

    def _call(self, one: _Opened) -> Call:
        settings = self._configured.of(one.facts.camera)
        settings = attrs.evolve(settings, is_frozen=not one.loaded.is_kept)
        return Call(one.batch, one.loaded.memory, settings)

    def _forget_removed(self, opened: list[_Opened], context: Context) -> None:
        """Remove memories of cameras that were taken out of the configuration long ago."""
        times = [frame.captured_s for one in opened for frame in one.facts.frames]
        if not times or not unneeded_memories.is_due(context.directory, max(times)):
            return
        for name in unneeded_memories.sweep(
            context.directory, self._configured.cameras, max(times)
        ):
            context.count("memories_removed")
            _say(f"removed {name}: its camera is not configured any more")

    def _say_device(self, graph: MotionGraph) -> None:
        """Print on what it runs and why, whenever that changes."""
        if graph.device != self._said:
            self._said = graph.device
            _say(f"the detector runs on {graph.device}")


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - becomes a line of the log


def _why_not_gpu(config: StageConfig) -> str:
    if config.row.start == "exec":
        return ""
    return why_no_gpu() or (
        f"forked: [stage.{config.row.name}] says so, or there was no GPU when seda was started"
    )


def _open(event: Input, context: Context) -> _Opened:
    facts = event.body(BatchFacts)
    if facts.camera != event.header.key:
        raise ValueError(f'a batch of camera "{facts.camera}" under the key "{event.header.key}"')
    batch = read_batch(facts, event.payloads[0].view(), event.header.born_s)
    chunk = Chunk(facts.epoch, facts.sequence)
    loaded = load_memory(context.directory, facts.camera, chunk)
    _tell_lost(loaded.lost, context)
    if loaded.is_late:
        context.count("late_chunks")
    if not loaded.has_room:
        context.count(room.REFUSED)
    return _Opened(event, facts, batch, chunk, loaded)


def _tell_lost(why: str, context: Context) -> None:
    """Count and say that a memory could not be used, whoever met it."""
    if why:
        context.count("memories_lost")
        _say(why)


def _with_problems(one: _Opened, call: Call, scored: ScoredFrame, context: Context) -> ScoredFrame:
    """Count what could not be used, and put it with the frame for whoever sees it."""
    if scored.problems:
        context.count("unusable_pictures", len(scored.problems))
    problems = (one.loaded.problem, scored.objects_problem, *scored.problems)
    if scored.objects_problem:
        context.count("object_detector_failures")
        if not isinstance(call.settings.objects, Unusable):  # which was said at the start
            _say(scored.objects_problem)
    return attrs.evolve(scored, problems=tuple(filter(None, problems)))


def _give(one: _Opened, scored: ScoredFrame, device: str, context: Context) -> Iterator[Product]:
    if one.loaded.is_kept:
        loaded = one.loaded
        store_memory(context.directory, loaded.memory, one.chunk, beside=loaded.slot)
    kinds = {output.kind for output in context.stage.gives}
    if "scored_frame" in kinds:
        view = one.event.payloads[0].view()
        yield draft_frame(one.event, scored, jpeg_of(one.facts, scored.index, view))
    if "scored_fact" in kinds:
        yield draft_fact(one.event, scored, device)


def _not_scored(event: Input, context: Context, reason: str) -> Product:
    context.count("not_scored")
    _say(f'camera "{event.header.key}", not scored: {reason}')
    return event.drop(NOT_SCORED)


def _teach(event: Input, context: Context) -> Iterator[Product]:
    """Teach a verdict, or take one back."""
    camera = event.header.key
    try:
        taught = teach(context.directory, camera, event.body(Lesson))
    except OSError as error:
        if not room.is_full(error):
            raise
        context.count(room.REFUSED)
        _say(f'camera "{camera}" learns nothing: it has no memory, and the disk is full')
        yield event.drop(REFUSED)
        return
    _tell_lost(taught.lost, context)
    context.count("lessons", int(taught.has_changed))
    if taught.refusal:
        _say(f'camera "{camera}": {taught.refusal}')
        yield event.drop(REFUSED)


_detector = Detector()
warm = _detector.warm
judge = Several(_detector.judge)
