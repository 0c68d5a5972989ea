"""The evaluation as one page: figures, ROC curves, score timelines, what went wrong as pictures.

One file without scripts or anything from elsewhere, so that it can be kept and sent; readable in
light, in dark and in print. The baseline stands beside everything. Drawings are made in `charts`,
pictures in `shown`.
"""

import html
from pathlib import Path

from anomaly.evaluation.charts import LEAST_LIMIT, ZOOM, Course, draw_curves, draw_timeline
from anomaly.evaluation.results import ClipResult, Evaluation
from anomaly.evaluation.shown import show_closest, show_false_alarms, show_misses, show_said
from anomaly.evaluation.tables import draw_figures, draw_measures, say

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2024;--soft:#4a5158;--page:#fff;--line:#d5d9dd;
--det:#0b62c4;--base:#8a4b00;--truth:#f6d9d5;--wrong:#c4261d}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#b3bac2;--page:#16191d;--line:#3a4048;
--det:#6cb2ff;--base:#e0a050;--truth:#4d2723;--wrong:#ff7b6e}}
@media print{:root{--ink:#000;--soft:#333;--page:#fff;--line:#bbb;--det:#0b62c4;--base:#8a4b00;
--truth:#eee;--wrong:#c4261d}body{font-size:10pt}figure,svg,tr{break-inside:avoid}
h2,h3{break-after:avoid}.pics{grid-template-columns:repeat(3,1fr)!important}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;margin:0;color:var(--ink);background:var(--page)}
main{max-width:1040px;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2.6rem 0 .4rem}
h3{font-size:1rem;margin:1.4rem 0 .2rem}p{margin:.3rem 0 .8rem;max-width:75ch}
.note,figcaption{color:var(--soft)}
table{border-collapse:collapse;width:100%;max-width:52rem}
th,td{padding:.35rem .9rem .35rem 0;text-align:left;vertical-align:top;
border-bottom:1px solid var(--line)}th{font-weight:600}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.d{font-weight:600}small{display:block;font-weight:400;color:var(--soft)}
svg{display:block;width:100%;height:auto;font-size:12px}svg text{fill:var(--soft)}
@media(max-width:600px){.course{font-size:24px}}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(320px,100%),1fr));gap:1.5rem}
polyline{fill:none;stroke-width:2}polyline.det{stroke:var(--det)}
polyline.base{stroke:var(--base);stroke-width:1.4;stroke-dasharray:5 2}
circle{stroke:var(--page);stroke-width:1.5}circle.det{fill:var(--det)}circle.base{fill:var(--base)}
.grid{fill:none;stroke:var(--line)}.even,.limit{fill:none;stroke:var(--soft);stroke-dasharray:2 4}
.truth{fill:var(--truth)}.aside{fill:var(--line)}.wrong{fill:var(--wrong)}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;padding:0;margin:.3rem 0 .8rem}
.key svg{display:inline-block;width:28px;height:12px;margin-right:.4rem;vertical-align:middle}
.pics{display:grid;gap:1.2rem 1rem;
grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr))}
figure{margin:0}figure img{width:100%;height:auto;display:block}figcaption{font-size:.88rem}
figcaption b{color:var(--ink)}
"""
_KEYS = {
    "detector": '<path d="M0 6h28" style="stroke:var(--det);stroke-width:2"/>',
    "baseline": '<path d="M0 6h28" style="stroke:var(--base);stroke-width:1.4"'
    ' stroke-dasharray="5 2"/>',
    "at its threshold": '<circle cx="14" cy="6" r="5" style="fill:var(--soft)"/>',
    "guessing": '<path class="even" d="M0 6h28"/>',
    "threshold": '<path class="limit" d="M0 6h28"/>',
    "anomalous by the truth": '<rect class="truth" width="28" height="12"/>',
    "not counted": '<rect class="aside" width="28" height="12"/>',
    "detector is wrong": '<rect class="wrong" y="4" width="28" height="5"/>',
}


_SCALE = "Scores as multiples of their own threshold; the scale is a root and ends at 8."
_BY_EVENT = """What is found while ordinary footage, judged by memories that have not seen it,
gives so many false events; below each a 95 % interval over clips drawn anew. Where the footage is
shorter than a rate asks for, nothing in it may be as high."""
_MISSES = """Runs of anomalous frames below the threshold, by how far below they are together; each
by its lowest frame. The truth is outlined where it is known."""
_SAID = """Frames chosen from their chunks, as a spotter gets them: the heat map in red, the truth
outlined, and the words."""


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Write the page."""
    path.write_text(_make_page(evaluation), encoding="utf-8")


def _make_page(evaluation: Evaluation) -> str:
    results, folder = evaluation.results, html.escape(evaluation.folder)
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>seda evaluate {folder}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>How well the detector judges {folder}</h1>",
        f'<p class="note">{_introduce(evaluation)}</p>',
        "<h2>Figures</h2>",
        draw_figures(evaluation),
        "<h2>By event</h2>",
        f'<p class="note">{_BY_EVENT}</p>',
        draw_measures(evaluation),
        "<h2>ROC curves</h2>",
        _key("detector", "baseline", "at its threshold", "guessing"),
        draw_curves(evaluation),
        f'<p class="note">The second shows what is left of {100 * ZOOM:.0f} % false alarms.</p>',
        "<h2>Scores against the truth</h2>",
        f'<p class="note">{_SCALE}</p>',
        _key("detector", "baseline", "threshold", *_shades(results), "detector is wrong"),
        *[_timeline(result, evaluation) for result in results],
        "<h2>Worst misses</h2>",
        f'<p class="note">{_MISSES}</p>',
        show_misses(evaluation),
        "<h2>Worst false alarms</h2>",
        '<p class="note">Runs of normal frames above the threshold; each by its highest frame.</p>',
        show_false_alarms(evaluation),
        "<h2>Nearly false alarms</h2>",
        '<p class="note">The highest normal frame of each clip that stays below the threshold.</p>',
        show_closest(evaluation),
        "<h2>What it said</h2>",
        f'<p class="note">{_SAID}</p>',
        show_said(evaluation),
        "</main></body></html>",
    ]
    return "\n".join(parts)


def _introduce(evaluation: Evaluation) -> str:
    results = evaluation.results
    frames = sum(len(result.truth) for result in results)
    anomalous = sum(int(result.truth.sum()) for result in results)
    return (
        f"Learned from {evaluation.training} frames of training footage; judged {frames} frames of"
        f" {len(results)} test clips, {anomalous} of them anomalous. Every frame is judged by what"
        " came before it, all clips by one threshold; nothing is scaled by clip. Baseline: the"
        " largest mean absolute difference of any 20-pixel block to the frame before, smoothed."
        " Scores are the calibrated threat, before it is put into bands."
        f" Ran on {html.escape(str(evaluation.facts['device']))}."
    )


def _timeline(result: ClipResult, evaluation: Evaluation) -> str:
    name = result.clip.name
    facts = evaluation.facts["per_clip"]
    assert isinstance(facts, dict)  # noqa: S101 - made by evaluate_folder
    clip = facts[name]
    area = "No area: frames of one sort only"
    if clip["auc"] is not None:
        area = f"Area {say(clip['auc'], 'auc')} (baseline {say(clip['baseline_auc'], 'auc')})"
    said = (
        f"{area}, {clip['events_hit']} of {clip['events']} events hit"
        f" ({clip['baseline_events_hit']}), false alarms"
        f" {clip['false_alarm_frames']} of {clip['counted'] - clip['anomalous']}"
        f" ({clip['baseline_false_alarm_frames']})"
    )
    drawn = draw_timeline(
        Course(
            name,
            result.replayed.scores / max(evaluation.detector.threshold, LEAST_LIMIT),
            result.baseline / max(evaluation.baseline.threshold, LEAST_LIMIT),
            result.truth,
            result.counted,
            len(result.truth) * result.clip.pace_s,
        )
    )
    return f'<h3>Clip {html.escape(name)}</h3><p class="note">{said}</p>{drawn}'


def _shades(results: list[ClipResult]) -> list[str]:
    """Name the shades that the timelines have."""
    has_aside = any(not result.counted.all() for result in results)
    return ["anomalous by the truth", *(["not counted"] if has_aside else [])]


def _key(*names: str) -> str:
    items = "".join(
        f'<li><svg aria-hidden="true" viewBox="0 0 28 12">{_KEYS[name]}</svg>{name}</li>'
        for name in names
    )
    return f'<ul class="key">{items}</ul>'
