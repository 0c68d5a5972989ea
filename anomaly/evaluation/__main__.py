"""`python -P -m anomaly.evaluation FOLDER|SCENES.toml [--json] [--report out.html]`."""

import argparse
import json
import sys
from pathlib import Path

from anomaly.evaluation.clips import FolderError
from anomaly.evaluation.replay import ReplayError
from anomaly.evaluation.report import write_report
from anomaly.evaluation.results import Evaluation
from anomaly.evaluation.run import evaluate_scene
from anomaly.evaluation.scenes import Scene, find_scenes
from anomaly.features import MotionGraph
from anomaly.sessions import GraphError

_ABOUT = """A folder holds training and testing, each with clips (folders of JPEG files or video
files), and frame_labels.npz: 0 ordinary, 1 anomalous, 2 not counted, for each picture of a test
clip. A TOML file lists several such folders as [[scene]] with folder, fps, memory, continues, kind
and kinds."""


def main(arguments: list[str]) -> int:
    """Evaluate what is named and say what came out."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.fps is not None and chosen.fps <= 0:
            raise FolderError(f"--fps has to be above 0, not {chosen.fps:g}")
        scenes = find_scenes(chosen.folder, chosen.fps, is_learning=chosen.memory == "learning")
        pages = _pages(chosen.report, scenes)
        graph, evaluations = MotionGraph(), []
        for scene in scenes:
            evaluations.append(evaluate_scene(scene, graph))
            if pages:
                write_report(evaluations[-1], pages[len(evaluations) - 1])
    except (FolderError, ReplayError, GraphError, OSError) as error:
        print(f"seda evaluate: {error}", file=sys.stderr)  # noqa: T201 - a program's answer
        return 1
    print(_to_json(evaluations) if chosen.json else _describe(evaluations))  # noqa: T201
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="seda evaluate", description="Evaluate the detector.", epilog=_ABOUT
    )
    parser.add_argument("folder", type=Path, help="a labelled folder, or a .toml that lists some")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--report", type=Path, help="write a page with curves and misses")
    parser.add_argument("--fps", type=float, help="pictures a second that are judged")
    parser.add_argument(
        "--memory", choices=("frozen", "learning"), default="frozen",
        help="whether test clips teach the camera as they are judged",
    )  # fmt: skip
    return parser


def _pages(report: Path | None, scenes: list[Scene]) -> list[Path]:
    """Name a page a scene, and make each before minutes of work that could not be written down."""
    if report is None:
        return []
    pages = [report]
    if len(scenes) > 1:
        pages = [report.with_stem(f"{report.stem}-{scene.name}") for scene in scenes]
    for page in pages:
        page.touch()
    return pages


def _to_json(evaluations: list[Evaluation]) -> str:
    facts = [evaluation.facts for evaluation in evaluations]
    return json.dumps(facts[0] if len(facts) == 1 else {"scenes": facts})


def _describe(evaluations: list[Evaluation]) -> str:
    return "\n\n".join(
        "\n".join(f"{name:>40}  {value}" for name, value in evaluation.facts.items())
        for evaluation in evaluations
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
