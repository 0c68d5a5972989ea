"""What the runtime calls: `warm` once in the template, `judge` for every call.

All batches of a call are judged together, because the graph runs several pictures in less time
than one by one. A batch that can not be judged is dropped as "not scored" and says why in the log;
it never becomes a score. A batch that is not what its sender says raises, which is quarantine's
business.
"""

from collections.abc import Iterator, Sequence

import attrs

from anomaly.detect import Call, Settings, detect_anomaly
from anomaly.features import MotionGraph
from anomaly.lessons import Lesson, teach_lesson, undo_lesson
from anomaly.memory_file import Chunk
from anomaly.types import Batch, Mark, ScoredFrame, Unscored
from seda.charter import Charter
from seda.messages import BatchFacts, LessonFacts
from stages.anomaly.batches import jpeg_of, read_batch
from stages.anomaly.memories import Loaded, load_memory, newest_memory, store_memory
from stages.anomaly.products import draft_fact, draft_frame
from stages.runtime.work import Context, Input, Product, Several

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
    """One process's graph; nothing else outlives a call."""

    def __init__(self) -> None:
        self._graph: MotionGraph | None = None
        self._said = ""

    def warm(self, charter: Charter) -> None:
        """Open the graph: on the CPU where handlers are forked, because no open GPU survives it."""
        self._graph = MotionGraph(why_not_gpu=_why_not_gpu(charter))
        self._say_device(self._graph)

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
                yield _not_scored(event, context, f"its memory can not be opened: {error}")
        graph = self._graph or MotionGraph(why_not_gpu="not warmed up")
        calls = [_call(one) for one in opened]
        for one, outcome in zip(opened, detect_anomaly(calls, graph), strict=True):
            yield from _give(one, outcome, context)
        self._say_device(graph)
        context.count(f"chunks_on_{graph.device.split()[0].lower()}", len(opened))

    def _say_device(self, graph: MotionGraph) -> None:
        """Print on what it runs and why, whenever that changes."""
        if graph.device != self._said:
            self._said = graph.device
            print(f"the detector runs on {graph.device}", flush=True)  # noqa: T201 - for the log


def _why_not_gpu(charter: Charter) -> str:
    if charter.row.start == "exec":
        return ""
    return f'forked; a GPU is looked for with start = "exec" in [stage.{charter.row.name}]'


def _open(event: Input, context: Context) -> _Opened:
    facts = event.body(BatchFacts)
    if facts.camera != event.header.key:
        raise ValueError(f'a batch of camera "{facts.camera}" under the key "{event.header.key}"')
    batch = read_batch(facts, event.payloads[0].view())
    chunk = Chunk(facts.epoch, facts.sequence)
    loaded = load_memory(context.directory, facts.camera, chunk)
    if loaded.lost:
        context.count("memories_lost")
        print(loaded.lost, flush=True)  # noqa: T201 - for the log
    if loaded.is_late:
        context.count("late_chunks")
    return _Opened(event, facts, batch, chunk, loaded)


def _call(one: _Opened) -> Call:
    return Call(one.batch, one.loaded.memory, Settings(is_frozen=one.loaded.is_late))


def _give(one: _Opened, outcome: ScoredFrame | Unscored, context: Context) -> Iterator[Product]:
    if isinstance(outcome, Unscored):
        yield _not_scored(one.event, context, outcome.reason)
        return
    if outcome.problems:
        context.count("unusable_pictures", len(outcome.problems))
    if not one.loaded.is_late:
        store_memory(context.directory, one.loaded.memory, one.chunk)
    if one.loaded.problem:
        outcome = attrs.evolve(outcome, problems=(one.loaded.problem, *outcome.problems))
    kinds = {gift.kind for gift in context.stage.gives}
    if "scored_frame" in kinds:
        view = one.event.payloads[0].view()
        yield draft_frame(one.event, outcome, jpeg_of(one.facts, outcome.index, view))
    if "scored_fact" in kinds:
        yield draft_fact(one.event, outcome)


def _not_scored(event: Input, context: Context, reason: str) -> Product:
    context.count("not_scored")
    print(f'camera "{event.header.key}", not scored: {reason}', flush=True)  # noqa: T201 - the log
    return event.drop(NOT_SCORED)


def _teach(event: Input, context: Context) -> Iterator[Product]:
    """Teach a verdict, or take one back; the memory has a revision of its own for it."""
    facts = event.body(LessonFacts)
    memory, chunk = newest_memory(context.directory, facts.camera)
    before = list(memory.lessons.learned), list(memory.lessons.given)
    refusal = None
    if facts.verdict == "undone":
        undo_lesson(memory.lessons, facts.id)
    else:
        mark = Mark(facts.mark.stream, facts.mark.x, facts.mark.y, facts.mark.pattern)
        lesson = Lesson(facts.id, facts.verdict, facts.person, facts.at_s, mark)
        refusal = teach_lesson(memory.lessons, lesson)
    if (memory.lessons.learned, memory.lessons.given) != before:
        store_memory(context.directory, memory, attrs.evolve(chunk, revision=chunk.revision + 1))
        context.count("lessons")
    if refusal:
        print(f'camera "{facts.camera}": {refusal}', flush=True)  # noqa: T201 - for the log
        yield event.drop(REFUSED)


_detector = Detector()
warm = _detector.warm
judge = Several(_detector.judge)
