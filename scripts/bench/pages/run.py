"""`pages`: what a person waits for in front of the console, in Debian's Chromium.

All of seda runs; frames are given to assignment as the detector would, a camera each. What a cold
cache costs, what several tabs have under way and what a browser was given is counted by a relay
between browser and server, because a page does not see what its worker fetches.

The browser is driven by Playwright, which is no dependency of seda: without it there is no figure.
"""

from scripts.bench.pages import deciding, killed, tabs
from scripts.bench.pages.browser import find_chromium, serving
from scripts.bench.report import Figure, progress

ROWS = (deciding.measure, tabs.measure, killed.measure)


def run() -> dict[str, Figure]:
    """Measure and return the figures; none where there is no browser to drive."""
    if find_chromium() is None:
        progress("chromium and Playwright are needed: apt install chromium, pip install playwright")
        return {}
    figures: dict[str, Figure] = {}
    for measure in ROWS:
        with serving() as desk:
            figures |= measure(desk)
    return figures
