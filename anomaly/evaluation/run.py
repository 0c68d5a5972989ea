"""One evaluation: learn from the training clips, judge the test clips, count."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from anomaly.evaluation.clips import Clip, FolderError
from anomaly.evaluation.events import Footage
from anomaly.evaluation.facts import gather_facts
from anomaly.evaluation.figures import area, trace_curve
from anomaly.evaluation.folder import ANOMALOUS, NOT_COUNTED, read_folder
from anomaly.evaluation.measures import measure, prepare
from anomaly.evaluation.replay import Player, Replayed
from anomaly.evaluation.results import FALSE_SHARE, ClipResult, Evaluation, Judged
from anomaly.evaluation.scenes import Scene
from anomaly.features import MotionGraph
from anomaly.memory import CameraMemory
from anomaly.types import Floats

_MOST_FOLDS = 4  # of the training clips, each judged by the memory of the others


def evaluate_folder(folder: Path, graph: MotionGraph | None = None) -> Evaluation:
    """Evaluate the detector on a labelled folder."""
    return evaluate_scene(Scene(folder, folder.resolve().name), graph or MotionGraph())


def evaluate_scene(scene: Scene, graph: MotionGraph) -> Evaluation:
    """Evaluate the detector on one scene."""
    training, testing = read_folder(scene.folder, scene.fps)
    folds = _learn_folds(training, graph)
    is_frozen = not scene.is_learning
    ordinary = [
        folds[place % len(folds)].play_apart(clip, is_frozen=is_frozen)
        for place, clip in enumerate(training)
    ]
    whole = None if scene.continues else learn_clips(training, graph)
    results = [
        _judge_clip(clip, whole or _own_fold_left_out(clip, training, folds), scene)
        for clip in testing
    ]
    detector = _judge(results, ordinary, scene, lambda one: (one.scores, one.cpu_s))
    baseline = _judge(results, ordinary, scene, lambda one: (one.baseline, one.baseline_cpu_s))
    facts = gather_facts(scene, results, detector, baseline) | {"device": graph.device}
    frames = sum(len(one.scores) for one in ordinary)
    return Evaluation(scene.name, frames, results, detector, baseline, facts)


def auc_after(training: list[Clip], testing: list[Clip]) -> float:
    """Return the AUC of the test clips after these training clips alone."""
    player = learn_clips(training, MotionGraph())
    scene = Scene(testing[0].source, "")
    results = [_judge_clip(clip, player, scene) for clip in testing]
    return area(
        np.concatenate([result.replayed.scores[result.counted] for result in results]),
        np.concatenate([result.truth[result.counted] for result in results]),
    )


def learn_clips(clips: Sequence[Clip], graph: MotionGraph) -> Player:
    """Return a camera that has seen these clips."""
    player = Player(CameraMemory("evaluation"), graph)
    for clip in clips:
        player.play(clip, is_frozen=False, has_baseline=False)
    return player


def _learn_folds(training: list[Clip], graph: MotionGraph) -> list[Player]:
    """Return a memory for each fold that has seen all training clips but those of the fold."""
    folds = min(_MOST_FOLDS, len(training))
    if folds < 2:
        return [learn_clips(training, graph)]
    return [
        learn_clips([clip for n, clip in enumerate(training) if n % folds != fold], graph)
        for fold in range(folds)
    ]


def _own_fold_left_out(clip: Clip, training: list[Clip], folds: list[Player]) -> Player:
    names = [one.name for one in training]
    if clip.name not in names:
        raise FolderError(
            f"{clip.source}: test clips of this scene continue training clips, but none is called"
            f' "{clip.name}"'
        )
    return folds[names.index(clip.name) % len(folds)]


def _judge_clip(clip: Clip, player: Player, scene: Scene) -> ClipResult:
    replayed = player.play_apart(clip, is_frozen=not scene.is_learning)
    count = int(replayed.numbers.max()) + 1
    labels = np.zeros(count, np.uint8) if clip.labels is None else clip.labels
    shown = labels[replayed.numbers]
    return ClipResult(
        clip, replayed, shown == ANOMALOUS, shown != NOT_COUNTED, scene.kind_of(clip.name)
    )


def _judge(
    results: list[ClipResult],
    ordinary: list[Replayed],
    scene: Scene,
    take: Callable[[Replayed], tuple[Floats, float]],
) -> Judged:
    """Measure one way of scoring."""
    scores = [take(result.replayed)[0] for result in results]
    spent_s = sum(take(result.replayed)[1] for result in results)
    tests = [
        Footage(one, result.replayed.at_s, result.truth, result.counted)
        for one, result in zip(scores, results, strict=True)
    ]
    held_out = [_ordinary_footage(take(one)[0], one) for one in ordinary]
    threshold = float(
        np.quantile(np.concatenate([one.scores for one in held_out]), 1 - FALSE_SHARE)
    )
    curve = trace_curve(
        np.concatenate([one.scores[one.counted] for one in tests]),
        np.concatenate([one.truth[one.counted] for one in tests]),
    )
    kinds = sorted({result.kind for result in results})
    by_kind = {
        kind: measure(
            prepare(
                [one for one, result in zip(tests, results, strict=True) if result.kind == kind],
                held_out, continues=scene.continues,
            )
        )
        for kind in (kinds if len(kinds) > 1 else [])
    }  # fmt: skip
    return Judged(
        scores, threshold, curve, 1e3 * spent_s / sum(map(len, scores)),
        measure(prepare(tests, held_out, continues=scene.continues)), by_kind,
    )  # fmt: skip


def _ordinary_footage(scores: Floats, replayed: Replayed) -> Footage:
    nothing = np.zeros(len(scores), bool)
    return Footage(scores, replayed.at_s, nothing, ~nothing)
