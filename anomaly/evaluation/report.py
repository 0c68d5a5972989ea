"""The evaluation as one page: figures, ROC curve, score timelines and the worst misses as pictures.

One file without scripts or anything from elsewhere, so that it can be kept and sent.
"""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from anomaly.evaluation.figures import Curve
    from anomaly.evaluation.run import ClipResult, Evaluation
    from anomaly.types import Floats, ScoredFrame

MOST_MISSES = 6  # of each sort
SAID_PER_CLIP = 8
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem}
body{color:#1c2024}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2.2rem}table{border-collapse:collapse}
td,th{padding:.25rem .9rem .25rem 0;text-align:left;border-bottom:1px solid #e4e6e8}
td.n{text-align:right;font-variant-numeric:tabular-nums}svg{display:block;width:100%;height:auto}
.pics{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:1rem}
figure{margin:0}figure img{width:100%;display:block}figcaption{font-size:.85rem;color:#4a5158}
.big{font-size:2rem;font-weight:600}.row{display:flex;gap:3rem;flex-wrap:wrap}.note{color:#4a5158}
"""


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Write the page."""
    path.write_text(_make_page(evaluation), encoding="utf-8")


def _make_page(evaluation: Evaluation) -> str:
    facts = evaluation.facts
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>seda evaluate</title>",
        f"<style>{_STYLE}</style><h1>How well the detector judges</h1>",
        '<div class="row">',
        _headline("area under the ROC curve", facts["auc"]),
        _headline("baseline", facts["baseline_auc"]),
        _headline("events hit", f"{facts['events_hit']} of {facts['events']}"),
        _headline("normal frames alarmed", f"{facts['false_alarm_frames']}"),
        _headline("ms a frame", facts["ms_per_frame"]),
        "</div>",
        _table(facts),
        _curve(evaluation.curve),
        "<h2>Scores against the truth</h2>",
        "<p class=note>Shaded: anomalous by the truth. Line: threshold from training footage.</p>",
        *[_timeline(result, evaluation.threshold) for result in evaluation.results],
        *_misses(evaluation),
        "<h2>What it said</h2>",
        "<p class=note>The frame chosen of a chunk, the heat map in red, and the words.</p>",
        _pictures([shown for result in evaluation.results for shown in _said(result)]),
    ]
    return "\n".join(parts)


def _headline(name: str, value: object) -> str:
    return f'<div><div class="big">{html.escape(str(value))}</div>{html.escape(name)}</div>'


def _table(facts: dict[str, object]) -> str:
    rows = [
        f"<tr><td>{html.escape(name.replace('_', ' '))}<td class=n>{html.escape(str(value))}"
        for name, value in facts.items()
        if name != "per_clip"
    ]
    return f"<h2>Figures</h2><table>{''.join(rows)}</table>"


def _curve(curve: Curve | None) -> str:
    if curve is None:
        return "<p>No ROC curve: the test clips hold frames of one sort only.</p>"
    points = " ".join(
        f"{40 + 300 * x:.1f},{310 - 300 * y:.1f}"
        for x, y in zip(curve.false_rate, curve.hit_rate, strict=True)
    )
    ticks = "".join(
        f'<text x="{40 + 300 * v}" y="326" text-anchor="middle">{v:g}</text>'
        f'<text x="34" y="{314 - 300 * v}" text-anchor="end">{v:g}</text>'
        for v in (0, 0.5, 1)
    )
    return (
        '<h2>ROC curve</h2><svg viewBox="0 0 700 345" font-size="11" fill="#4a5158">'
        '<rect x="40" y="10" width="300" height="300" fill="none" stroke="#c8ccd0"/>'
        '<path d="M40 310L340 10" stroke="#c8ccd0" stroke-dasharray="4"/>'
        f'<polyline points="{points}" fill="none" stroke="#0b62c4" stroke-width="2"/>{ticks}'
        '<text x="190" y="341" text-anchor="middle">normal frames alarmed</text>'
        '<text x="355" y="30">anomalous frames hit, up</text></svg>'
    )


def _timeline(result: ClipResult, threshold: float) -> str:
    scores, count = result.replayed.scores, len(result.truth)
    top = max(float(scores.max()), threshold) * 1.1
    x = 960 / max(1, count - 1)
    shade = "".join(
        f'<rect x="{20 + start * x:.1f}" y="5" width="{(end - start) * x:.1f}" height="90"'
        ' fill="#f6d9d5"/>'
        for start, end in _runs(result)
    )
    points = " ".join(f"{20 + n * x:.1f},{95 - 90 * s / top:.1f}" for n, s in enumerate(scores))
    line = 95 - 90 * threshold / top
    return (
        f"<p>Clip {html.escape(result.clip.name)}</p>"
        f'<svg viewBox="0 0 1000 100">{shade}<path d="M20 {line:.1f}H980" stroke="#888"'
        f' stroke-dasharray="5"/><polyline points="{points}" fill="none" stroke="#0b62c4"'
        ' stroke-width="1.5"/></svg>'
    )


def _runs(result: ClipResult) -> list[tuple[int, int]]:
    padded = np.concatenate([[0], result.truth.astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(padded)).reshape(-1, 2)
    return [(int(start), int(end)) for start, end in edges]


def _misses(evaluation: Evaluation) -> list[str]:
    """Show the lowest anomalous frames and the highest normal ones, not twice in one second."""
    parts = []
    for title, anomalous in (("Missed most", True), ("Alarmed most without cause", False)):
        ranked = sorted(
            (
                (float(score) * (1 if anomalous else -1), place, result)
                for result in evaluation.results
                for place, score in enumerate(result.replayed.scores)
                if bool(result.truth[place]) is anomalous
            ),
            key=lambda one: one[0],
        )
        shown: list[tuple[int, ClipResult]] = []
        for _, place, result in ranked:
            if all(r is not result or abs(p - place) > 10 for p, r in shown):
                shown.append((place, result))
            if len(shown) == MOST_MISSES:
                break
        pictures = [
            _figure(r, place, None, f"score {r.replayed.scores[place]:.2f}") for place, r in shown
        ]
        parts.append(f"<h2>{title}</h2>{_pictures(pictures)}")
    return parts


def _said(result: ClipResult) -> list[str]:
    start, shown = 0, []
    for one in result.replayed.scored:
        place, start = start + one.index, start + len(one.course)
        words = f"threat {one.threat:.2f}, {one.band}: {one.evidence.words}"
        shown.append(_figure(result, place, one, words))
    return shown[:SAID_PER_CLIP]


def _figure(result: ClipResult, place: int, scored: ScoredFrame | None, words: str) -> str:
    image = Image.open(result.clip.files[place]).convert("RGB")
    if scored is not None:
        image = _overlay(image, np.float32(1 / 255) * scored.evidence.heat)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=75)
    source = base64.b64encode(file.getvalue()).decode()
    truth = "anomalous" if result.truth[place] else "normal"
    return (
        f'<figure><img alt="clip {html.escape(result.clip.name)}, picture {place}"'
        f' src="data:image/jpeg;base64,{source}"><figcaption>Clip {html.escape(result.clip.name)},'
        f" picture {place} ({truth}); {html.escape(words)}</figcaption></figure>"
    )


def _overlay(image: Image.Image, heat: Floats) -> Image.Image:
    mask = Image.fromarray((heat * 200).astype(np.uint8)).resize(image.size)
    return Image.composite(Image.new("RGB", image.size, (230, 40, 20)), image, mask)


def _pictures(figures: list[str]) -> str:
    return f'<div class="pics">{"".join(figures)}</div>'
