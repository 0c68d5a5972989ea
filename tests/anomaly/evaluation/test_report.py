"""The report: one page that stands alone, says what the figures say, and can be read by anyone."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import attrs
import numpy as np
import pytest
from playwright.sync_api import sync_playwright

from anomaly.evaluation import shown
from anomaly.evaluation.charts import Course, draw_timeline
from anomaly.evaluation.report import write_report
from anomaly.evaluation.results import Evaluation
from anomaly.evaluation.run import evaluate_folder
from testing.console.accessibility import assert_accessible


@pytest.fixture(scope="module")
def evaluation(folder: Path) -> Evaluation:
    """Evaluate the small folder once."""
    return evaluate_folder(folder)


class _Cells(HTMLParser):
    """Collects the texts of table cells, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._is_cell = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin a row or a cell; what is small explains and is left out."""
        del attrs
        if tag == "tr":
            self.rows.append([])
        self._is_cell = tag in {"td", "th"}

    def handle_data(self, data: str) -> None:
        """Take a cell's text."""
        if self._is_cell and self.rows:
            self.rows[-1].append(data)


def read_page(evaluation: Evaluation, tmp_path: Path) -> str:
    """Write the report and read it."""
    path = tmp_path / "out.html"
    write_report(evaluation, path)
    return path.read_text(encoding="utf-8")


def test_figures_are_those_of_the_json_with_the_baseline_beside(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    """Every figure stands in the table, rounded, and next to it the baseline's."""
    cells = _Cells()
    cells.feed(read_page(evaluation, tmp_path))
    table = {row[0]: row[1:] for row in cells.rows}
    facts = evaluation.facts
    assert table["Area under the ROC curve"] == [
        f"{facts['auc']:.4f}",
        f"{facts['baseline_auc']:.4f}",
    ]
    for name, key in (
        ("Equal error rate", "equal_error_rate"),
        ("Anomalous frames hit", "hit_rate"),
        ("False alarms as a share", "false_alarm_rate"),
    ):
        shares = [facts[key], facts[f"baseline_{key}"]]
        assert table[name] == [f"{100 * float(str(share)):.2f} %" for share in shares]
    assert table["Events hit, of 1"] == [
        str(facts["events_hit"]),
        str(facts["baseline_events_hit"]),
    ]
    assert table["False alarms, of 50 normal frames"][0] == str(facts["false_alarm_frames"])
    assert len(table["CPU a frame, ms"]) == len(table["Threshold"]) == 2


def test_curves_and_timelines_show_both(evaluation: Evaluation, tmp_path: Path) -> None:
    """Two ROC charts and a timeline a clip, the detector's line and the baseline's in each."""
    page = read_page(evaluation, tmp_path)
    assert page.count('<polyline class="det"') == page.count('<polyline class="base"') == 3
    assert page.count('class="truth" x=') == 1


def test_what_is_wrong_is_shown_with_its_picture(evaluation: Evaluation, tmp_path: Path) -> None:
    """A threshold that misses all shows the misses; one that alarms on all the false alarms."""
    clip = evaluation.results[0].clip.name
    blind = attrs.evolve(evaluation, detector=attrs.evolve(evaluation.detector, threshold=1e6))
    page = read_page(blind, tmp_path)
    misses = page[page.index("Worst misses") : page.index("Worst false alarms")]
    assert "Frames 50 to 99 below the threshold" in misses
    assert misses.count("data:image/jpeg;base64,") == 1
    assert "No normal frame lies above the threshold." in page
    nervous = attrs.evolve(evaluation, detector=attrs.evolve(evaluation.detector, threshold=-1e6))
    page = read_page(nervous, tmp_path)
    alarms = page[page.index("Worst false alarms") : page.index("Nearly false alarms")]
    assert "Frames 0 to 49 above the threshold" in alarms
    assert f"Clip {clip}, frame" in alarms
    assert "No anomalous frame lies below the threshold." in page


def test_page_fetches_nothing_and_stays_small(evaluation: Evaluation, tmp_path: Path) -> None:
    """No script, no address: all that it shows is in the file."""
    page = read_page(evaluation, tmp_path)
    assert "http" not in page
    assert "<script" not in page
    assert set(re.findall(r'src="(\w+):', page)) == {"data"}
    assert len(page) < 2_000_000


def test_pictures_are_bounded_however_long_the_footage(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of many chunks some are shown, from all over."""
    monkeypatch.setattr(shown, "MOST_SAID", 2)
    assert shown.show_said(evaluation).count("<figure>") == 2


def test_long_timeline_keeps_its_peaks_and_few_points() -> None:
    """An hour of pictures is drawn with as many points as can be seen, and no peak is lost."""
    scores = np.zeros(36_000, np.float32)
    scores[20_001] = 8
    everything = np.ones(len(scores), bool)
    drawn = draw_timeline(Course("long", scores, scores, scores > 1, everything, 3600))
    assert len(drawn) < 40_000
    assert ",0.0" in drawn


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width_px", [1280, 390])
def test_page_is_accessible(
    evaluation: Evaluation, tmp_path: Path, scheme: str, width_px: int
) -> None:
    """In light and dark, wide and narrow: axe finds nothing, and nothing sticks out."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    path = tmp_path / "out.html"
    write_report(evaluation, path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width_px, "height": 900},
        )
        page.goto(path.as_uri())
        assert_accessible(page, f"report in {scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px
        browser.close()
