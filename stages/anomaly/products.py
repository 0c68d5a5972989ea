"""What the stage gives: the scored frame with its pictures, and the fact for `live`. Pure."""

import attrs

from anomaly.facts import encode_heat, facts_of, shorten
from anomaly.seeing.jpeg import encode_grey
from anomaly.types import ScoredFrame
from runtime.work import Draft, Input

_USUAL_QUALITY = 80


def draft_frame(event: Input, scored: ScoredFrame, jpeg: memoryview) -> Draft:
    """Draft the scored frame: facts, its JPEG, the heat map and the camera's usual view."""
    usual = encode_grey(scored.evidence.usual_view, _USUAL_QUALITY)
    pictures = (jpeg, encode_heat(scored.evidence.heat), usual)
    return event.output("scored_frame", facts_of(scored), pictures, threat=scored.threat)


def draft_fact(event: Input, scored: ScoredFrame, device: str) -> Draft:
    """Draft what `live` shows: the facts without pictures, and on what they were found."""
    facts = attrs.evolve(facts_of(scored), device=shorten(device))
    return event.output("scored_fact", facts, threat=scored.threat)
