"""Object detectors beside the judgement: they add boxes and may raise a threat, no more."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from anomaly.detect import Settings
from anomaly.features import MotionGraph
from anomaly.plugins.detector import PluginError
from anomaly.rules import Rules, place_rules
from anomaly.types import Bytes, Cause
from conf.schema import Camera, Rule, Zone
from seda.messages import Band, Box
from tests.anomaly.judged import LEARNED_CHUNKS, RUNNER, judge, recall
from tests.anomaly.street import ORDINARY, street_batch


class Objects:
    """A plug-in that always sees the same, or fails."""

    name = "made"

    def __init__(self, boxes: list[Box] | None) -> None:
        self._boxes = boxes

    def find_objects(self, content: bytes | Bytes) -> list[Box]:
        """Give the boxes."""
        del content
        if self._boxes is None:
            raise PluginError("out of memory")
        return self._boxes


def rules_of(*rules: Rule, zones: tuple[Zone, ...] = ()) -> Rules:
    return place_rules(Camera("gate", "hidden", zone=zones, rule=rules))


def test_plugin_that_raises_costs_only_its_boxes(learned: bytes, graph: MotionGraph) -> None:
    """Anomalies are never gated on a plug-in: the score stays, with a word about the failure."""
    batch = street_batch(LEARNED_CHUNKS)
    plain = judge(batch, recall(learned), graph)
    failed = judge(batch, recall(learned), graph, Settings(objects=Objects(None)))
    assert failed.threat == plain.threat
    assert failed.objects_problem == 'camera "gate": its object detector failed: out of memory'


class Odd:
    """A plug-in that does whatever it is given."""

    name = "odd"

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act

    def find_objects(self, content: bytes | Bytes) -> Any:
        """Act."""
        del content
        return self._act()


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: None, "'NoneType' object is not iterable"),
        (lambda: [(0, 0, 1, 1, "cat", 0.9)], "which is no box with a label"),
        (lambda: [Box(float("nan"), 0, 1, 1, "cat", 0.9)], "outside of 0 to 1"),
        (lambda: [Box(0, 0, 1, 1, "cat", 7.0)], "outside of 0 to 1"),
        (lambda: (1 // 0 for _ in range(1)), "by zero"),
        (lambda: sys.exit(3), "3"),
    ],
    ids=["nothing", "no boxes", "not a number", "too large", "late", "exits"],
)
def test_plugin_that_gives_nonsense_costs_only_its_boxes(
    learned: bytes, graph: MotionGraph, act: Callable[[], object], said: str
) -> None:
    """Whatever anybody's code gives, the score stays, and a rule is not met by it."""
    batch, rules = street_batch(LEARNED_CHUNKS), rules_of(Rule(label="cat", band="alarming"))
    plain = judge(batch, recall(learned), graph)
    failed = judge(batch, recall(learned), graph, Settings(rules=rules, objects=Odd(act)))
    assert (failed.threat, failed.evidence.boxes) == (plain.threat, plain.evidence.boxes)
    assert failed.objects_problem.startswith('camera "gate": its object detector failed: ')
    assert said in failed.objects_problem


def test_rule_for_a_label_raises_the_threat(learned: bytes, graph: MotionGraph) -> None:
    """A labelled box in a rule's zone has at least the rule's band; elsewhere it has not."""
    box = Box(0.1, 0.1, 0.2, 0.4, "truck", 0.9)
    left = Zone("drive", ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)), 1)
    right = Zone("lawn", ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)), 1)
    bands = []
    for zone in (left, right):
        truck = Rule(label="truck", band="alarming", zone=zone.name)
        rules = rules_of(truck, Rule(label="cat"), zones=(zone,))
        settings = Settings(rules=rules, objects=Objects([box]))
        bands.append(judge(street_batch(LEARNED_CHUNKS), recall(learned), graph, settings))
    assert bands[0].band is Band.ALARMING
    assert bands[0].evidence.cause is Cause.RULE
    assert "truck" in bands[0].evidence.words
    assert bands[1].band is not Band.ALARMING


def test_rule_keeps_the_words_about_the_picture(learned: bytes, graph: MotionGraph) -> None:
    """Where nothing unusual was found, what was said of the picture stands beside the rule."""
    batch = street_batch(LEARNED_CHUNKS)
    plain = judge(batch, recall(learned), graph)
    objects = Objects([Box(0.1, 0.1, 0.2, 0.4, "truck", 0.9)])
    settings = Settings(rules=rules_of(Rule(label="truck")), objects=objects)
    told = judge(batch, recall(learned), graph, settings)
    assert plain.evidence.cause is Cause.NOTHING
    assert plain.evidence.words
    assert plain.evidence.words in told.evidence.words


def test_rule_is_named_in_a_frame_that_is_as_threatening_without_it(
    learned: bytes, graph: MotionGraph
) -> None:
    """A rule that raises nothing was broken all the same."""
    batch = street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER])
    plain = judge(batch, recall(learned), graph)
    objects = Objects([Box(0.1, 0.1, 0.2, 0.4, "truck", 0.9)])
    settings = Settings(rules=rules_of(Rule(label="truck", band="noticeable")), objects=objects)
    told = judge(batch, recall(learned), graph, settings)
    assert plain.band is not Band.ORDINARY
    assert (told.threat, told.evidence.cause) == (plain.threat, plain.evidence.cause)
    assert "truck" in told.evidence.words
    assert plain.evidence.words in told.evidence.words
