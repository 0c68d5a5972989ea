"""The appearance graph is what its weights make it, and tells drawn things apart."""

import numpy as np
import pytest

from anomaly.appearance import LOOKS, AppearanceGraph, Look
from anomaly.appearance.crops import SIDE_PX
from scripts import build_model
from scripts.appearance import build
from scripts.appearance.examples import draw_example, draw_examples

EACH = 40


def test_graph_is_built_from_its_weights() -> None:
    """Building again gives the very bytes that are shipped."""
    built = build.build_graph(build_model.read_weights(build.WEIGHTS))
    assert built.SerializeToString(deterministic=True) == build.GRAPH.read_bytes()
    assert build.LOOKS == LOOKS
    assert build.SIDE_PX == SIDE_PX


@pytest.mark.parametrize("kind", [Look.UPRIGHT, Look.LOW, Look.VEHICLE, Look.NOTHING])
def test_most_of_what_was_never_trained_on_is_told(kind: Look) -> None:
    """Of newly drawn examples of a kind more than half are called so."""
    rng = np.random.default_rng([77_001, kind])
    looks = AppearanceGraph().run(np.stack([draw_example(kind, rng) for _ in range(EACH)]))
    assert (looks.argmax(1) == kind).mean() > 0.5


def test_looks_are_shares_and_do_not_depend_on_each_other() -> None:
    """Each crop's looks add up to one, and are the same alone as among others."""
    crops, _ = draw_examples(6, seed=77_002)
    graph = AppearanceGraph()
    together = graph.run(crops)
    assert together.sum(1) == pytest.approx(1, abs=1e-5)
    assert graph.run(crops[3:4])[0] == pytest.approx(together[3], abs=1e-5)
    assert graph.run(crops[:0]).shape == (0, LOOKS)
