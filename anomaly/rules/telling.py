"""What a broken rule makes of a frame: its band, a sentence, a box around the thing.  Pure."""

from collections.abc import Sequence

import attrs

from anomaly.bands import band_of, border_of
from anomaly.rules.geometry import Corners
from anomaly.rules.placing import PlacedRule
from anomaly.rules.records import Record
from anomaly.rules.things import Thing
from anomaly.types import MOST_BOXES, Cause, ScoredFrame
from anomaly.wording import name_period, name_place, to_sentence
from conf.schema import Point
from seda.messages import Band, Box

_WHO = {"person": "a person", "vehicle": "a vehicle", "thing": "something"}
_ORDER = tuple(Band)
_GRID = (300, 300)  # fine enough to say in which third of the picture something is


@attrs.frozen
class Breach:
    """One thing that broke a rule in one picture."""

    rule: PlacedRule
    number: int  # of its track, zero without
    picture: int  # in its chunk
    box: Corners | None  # fractions of the picture; None where it is not seen
    words: str


def tell(rule: PlacedRule, record: Record, thing: Thing, size: Point) -> Breach:
    """Put into words what a thing did; the record says since when, and whether it was told."""
    box = to_fractions(thing.box, size)
    row, column = box[3] * _GRID[0] - 1, (box[0] + box[2]) / 2 * _GRID[1]
    deed = _deed(rule, record, thing)
    return Breach(
        rule,
        thing.number,
        thing.picture,
        box,
        f"{deed}, {name_place(int(row), int(column), _GRID)}",
    )


def _deed(rule: PlacedRule, record: Record, thing: Thing) -> str:
    who = _WHO.get(thing.what, thing.what)
    told = "still " if record.told_s is not None else ""
    match rule.rule.kind:
        case "object":
            return f"{who} is {told}seen"
        case "enter":
            return f"{who} is still there" if told else f"{who} entered"
        case "direction":
            return f"{who} {told}goes the forbidden way"
        case "stay":
            return f"{who} has stayed for {name_period(record.inside_s)}"
        case _:
            return f"{who} crossed the line"


def to_fractions(box: Corners, size: Point) -> Corners:
    """Turn pixels into fractions of the picture."""
    return box[0] / size[0], box[1] / size[1], box[2] / size[0], box[3] / size[1]


def leading(breaches: Sequence[Breach], threat: float) -> Breach | None:
    """Return the first breach of the highest band, where that is above a threat."""
    first = max(breaches, key=lambda one: _ORDER.index(one.rule.band), default=None)
    return first if first is not None and border_of(first.rule.band) > threat else None


def raise_by(breaches: Sequence[Breach], scored: ScoredFrame) -> ScoredFrame:
    """Raise the frame to the band of the broken rules at least, and name each with its thing."""
    if not breaches:
        return scored
    words = " ".join([*_sentences(breaches), scored.evidence.words]).strip()
    boxes = (*_boxes(breaches), *scored.evidence.boxes)[:MOST_BOXES]
    evidence = attrs.evolve(scored.evidence, words=words, boxes=boxes)
    first = leading(breaches, scored.threat)
    scored = attrs.evolve(scored, breaks_rule=True)
    if first is None:
        return attrs.evolve(scored, evidence=evidence)
    threat = border_of(first.rule.band)
    evidence = attrs.evolve(evidence, cause=Cause.RULE)
    return attrs.evolve(scored, threat=threat, band=band_of(threat), evidence=evidence)


def _sentences(breaches: Sequence[Breach]) -> list[str]:
    """Say of every rule once what broke it, those of the highest band first."""
    by_rule: dict[str, list[Breach]] = {}
    for breach in sorted(breaches, key=lambda one: -_ORDER.index(one.rule.band)):
        by_rule.setdefault(breach.rule.key, []).append(breach)
    return [_sentence(same) for same in by_rule.values()]


def _sentence(same: Sequence[Breach]) -> str:
    more = f" (and {len(same) - 1} more)" if len(same) > 1 else ""
    return to_sentence(f'rule "{same[0].rule.name}": {same[0].words}{more}')


def _boxes(breaches: Sequence[Breach]) -> list[Box]:
    """Return a box under the rule's name; one with a label is there already."""
    return [
        Box(*breach.box, breach.rule.name, 1.0)
        for breach in breaches
        if breach.box is not None and breach.rule.rule.kind != "object"
    ]
