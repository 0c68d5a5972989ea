"""Rules of a camera: what must not happen there, whatever the camera is used to.

    rules = place_rules(camera, zone)               # once: places, hours, in the order of the file
    breaches = watch_tracks(rules, findings, seen, memory)  # of a chunk; changes memory.rules
    breaches += watch_objects(rules, boxes, ...)    # what an object detector saw in one picture
    scored = raise_by(breaches, scored)             # band, words and boxes

A rule knows nothing of what is usual, so it works from the first minute on. What it looks at are
*things*: tracks, what stands still, labelled boxes. Of each it remembers a *record* while it is
there, so that a thing is told once and not with every chunk. Here is what needs a rule, a thing and
its record alone; `anomaly.breaches` finds the things in what the detector sees.
"""

from anomaly.rules.placing import Rules, place_rules
from anomaly.rules.records import Record
from anomaly.rules.telling import Breach, leading, raise_by

__all__ = [
    "Breach",
    "Record",
    "Rules",
    "leading",
    "place_rules",
    "raise_by",
]
