"""Draws the picture of the system: the table's stages and events, at the places of `places.py`.

The picture has its own background and follows the viewer's choice of light or dark, so that it can
be read wherever it is embedded. The same table gives the same bytes.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from scripts.architecture import places
from scripts.architecture.places import Anchor, Box, Note, Point, Way
from seda.pipeline import PIPELINE, STAGE_FIGURES, Pipeline, Stage, StageOutput, with_tls

LINE_PX = 17
_STYLE = """
  svg { --paper: #ffffff; --ink: #1c2430; --soft: #5b6675; --fill: #e6f3f1; --edge: #0f766e;
        --outside: #f1f3f6; --fact: #8a6d1c; }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #12171e; --ink: #e8edf3; --soft: #a3afbd; --fill: #16332f; --edge: #4fc3b5;
          --outside: #1f2731; --fact: #d9b95c; }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink); }
  .name { font-weight: 600; font-size: 15px; }
  .title { font-weight: 600; font-size: 16px; }
  .small { font-size: 12px; fill: var(--soft); }
  .kind { font-size: 12px; stroke: var(--paper); stroke-width: 4px; paint-order: stroke; }
  .paper { fill: var(--paper); }
  .stage { fill: var(--fill); stroke: var(--edge); stroke-width: 1.5; }
  .note { fill: var(--outside); stroke: var(--soft); }
  .event { fill: none; stroke: var(--edge); stroke-width: 1.8; marker-end: url(#event-head); }
  .fact { fill: none; stroke: var(--fact); stroke-width: 1.4; stroke-dasharray: 5 4;
          marker-end: url(#fact-head); }
  .link { fill: none; stroke: var(--soft); stroke-width: 1.4; marker-end: url(#link-head); }
"""
_KEY = (
    "green: an event, kept by its sender until it is settled; dashed: a fact, of which the newest"
    " counts; grey: connections, files, processes"
)


class Unplaced(Exception):
    """The table and the places do not fit each other."""


def draw(pipeline: Pipeline = PIPELINE) -> str:
    """Return the picture of this pipeline, with the stage that only some configurations have."""
    whole = with_tls(pipeline)
    _check(whole)
    parts = [*_ground(), *_links(), *_ways(whole), *_boxes(whole), *_titles()]
    size = f'viewBox="0 0 {places.WIDTH_PX} {places.HEIGHT_PX}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return "\n".join([head, *parts, "</svg>", ""])


def arrows(pipeline: Pipeline) -> dict[tuple[str, str], list[StageOutput]]:
    """Return what is given, by giver and taker."""
    found: dict[tuple[str, str], list[StageOutput]] = {}
    for stage in pipeline.stages:
        for output in stage.gives:
            found.setdefault((stage.name, output.to), []).append(output)
    return found


def _check(pipeline: Pipeline) -> None:
    """Refuse a table with something that has no place, and places for what is not in the table."""
    stages = {stage.name for stage in pipeline.stages}
    strange = sorted(stages ^ places.STAGES.keys())
    wrong: list[str] = strange or [
        f"{giver} to {taker}"
        for giver, taker in sorted(arrows(pipeline).keys() ^ places.WAYS.keys())
    ]
    if wrong:
        raise Unplaced(
            f"seda/pipeline.py and scripts/architecture/places.py differ in {wrong}: add its place"
            " to STAGES or WAYS, or remove it there"
        )


def _ground() -> Iterator[str]:
    yield "<title>The stages of seda, and the processes of each stage</title>"
    yield f"<style>{_STYLE}</style>"
    yield f"<defs>{''.join(_head(name) for name in ('event', 'fact', 'link'))}</defs>"
    yield f'<rect class="paper" width="{places.WIDTH_PX}" height="{places.HEIGHT_PX}"/>'


def _head(name: str) -> str:
    colour = {"event": "--edge", "fact": "--fact", "link": "--soft"}[name]
    return (
        f'<marker id="{name}-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8"'
        f' markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" style="fill: var({colour})"/></marker>'
    )


def _links() -> Iterator[str]:
    for points, words in places.LINKS:
        yield _line("link", points)
        if words:
            yield _text("small", _label_of(points), words)


def _label_of(points: tuple[Point, ...]) -> Point:
    """Return where the words of a straight arrow stand: beside its middle."""
    (from_x, from_y), (to_x, to_y) = points[0], points[-1]
    middle_y = (from_y + to_y) // 2
    return (from_x + 6, middle_y + 24) if from_x == to_x else (from_x + 14, middle_y - 8)


def _ways(pipeline: Pipeline) -> Iterator[str]:
    for ends, outputs in arrows(pipeline).items():
        way = places.WAYS[ends]
        yield _line("fact" if all(output.is_fact for output in outputs) else "event", way.points)
        yield from _labels(way, outputs)


def _labels(way: Way, outputs: list[StageOutput]) -> Iterator[str]:
    """Kinds under each other, or in one line where the arrow runs across."""
    x_px, y_px = way.label
    is_across = way.anchor == "middle"
    kinds = [output.kind for output in outputs]
    for number, kind in enumerate([", ".join(kinds)] if is_across else kinds):
        yield _text("kind", (x_px, y_px + number * LINE_PX), kind, way.anchor)


def _boxes(pipeline: Pipeline) -> Iterator[str]:
    for stage in pipeline.stages:
        yield from _box("stage", Note(places.STAGES[stage.name], (stage.name, *_facts(stage))))
    for note in places.NOTES:
        yield from _box("note", note)


def _facts(stage: Stage) -> Iterator[str]:
    """Say of a stage what is short enough for its box."""
    fewest, most = stage.settings.handlers_min, stage.settings.handlers_max
    number = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    handlers = f"{number} handler" if most == 1 else f"{number} handlers"
    if STAGE_FIGURES in stage.takes:
        yield f"{stage.handler}, {handlers}; the figures of every stage come here, too"
    else:
        yield f"{stage.handler}"
        yield handlers


def _box(kind: str, note: Note) -> Iterator[str]:
    """One box with its lines in the middle."""
    box = note.box
    corner = f'x="{box.x_px}" y="{box.y_px}" width="{box.width_px}" height="{box.height_px}"'
    yield f'<rect class="{kind}" {corner} rx="7"/>'
    first_y_px = _first_line_px(box, len(note.lines))
    for number, words in enumerate(note.lines):
        place = (box.x_px + box.width_px // 2, first_y_px + number * LINE_PX)
        yield _text("small" if number else "name", place, words, "middle")


def _first_line_px(box: Box, lines: int) -> int:
    """Return where the first of so many lines stands, for all to be in the middle of the box."""
    return box.y_px + (box.height_px - lines * LINE_PX) // 2 + 13


def _titles() -> Iterator[str]:
    for place, words in places.TITLES:
        yield _text("title", place, words)
    yield _text("small", (20, places.HEIGHT_PX - 14), _KEY)


def _line(kind: str, points: tuple[Point, ...]) -> str:
    path = "L".join(f"{x_px} {y_px}" for x_px, y_px in points)
    return f'<path class="{kind}" d="M{path}"/>'


def _text(kind: str, place: Point, words: str, anchor: Anchor = "start") -> str:
    where = f'x="{place[0]}" y="{place[1]}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {where}>{escape(words)}</text>'
