"""The mixture learns a density, in any portions, and forgets."""

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.tracks.mixture import Mixture, learn, read_mixture, start_mixture, surprise
from anomaly.types import Floats

START = (((0.0, 0.0), (1.0, 0.0), (-1.0, 0.0)), ((0.5, 0.5),) * 3)


def taught(samples: NDArray[np.float64], portion: int = 20) -> Mixture:
    mixture = start_mixture(*START, 20)
    for start in range(0, len(samples), portion):
        part = samples[start : start + portion].astype(np.float32)
        learn(mixture, part, np.ones(len(part), np.float32))
    return mixture


def two_ways(seed: int, count: int = 3000) -> NDArray[np.float64]:
    chance = np.random.default_rng(seed)
    centre = np.where(chance.random(count)[:, None] < 0.5, [1.0, 0.1], [-0.8, 0.1])
    return centre + chance.normal(0, 0.1, (count, 2))


def of(mixture: Mixture, *values: tuple[float, float]) -> Floats:
    return surprise(read_mixture(mixture), np.array(values, np.float32))


def test_what_was_seen_often_is_ordinary_and_the_farther_the_rarer() -> None:
    """Surprise is small where the samples are, and grows evenly beyond."""
    mixture = taught(two_ways(1))
    found = of(mixture, (1, 0.1), (-0.8, 0.1), (0.1, 0.1), (2, 0.1), (3, 0.1))
    assert found[0] < 1
    assert found[1] < 1
    assert found[2] > 4
    assert found[2] < found[4]
    assert found[3] < found[4]


def test_the_density_is_that_of_the_samples() -> None:
    """Fresh samples are as likely as under the true density, within a few hundredths."""
    mixture, fresh = taught(two_ways(1, 6000)), two_ways(2)
    density = read_mixture(mixture)
    apart = fresh[:, None] - density.means
    distance = (np.einsum("kij,nkj->nki", density.whitening, apart) ** 2).sum(2)
    told = np.log(np.exp(density.offsets - distance / 2).sum(1)) - np.log(2 * np.pi)
    true = np.log(
        sum(0.5 * np.exp(-((fresh - c) ** 2).sum(1) / 0.02) for c in ([1, 0.1], [-0.8, 0.1]))
        / (2 * np.pi * 0.01)
    )
    # The least spread makes it a little wider than what was drawn.
    assert told.mean() == pytest.approx(true.mean(), abs=0.1)


def test_the_portions_do_not_matter() -> None:
    """One sample at a time or a hundred: what is learned is nearly the same."""
    ones, many = taught(two_ways(1), 1), taught(two_ways(1), 100)
    places = [(1, 0.1), (0.1, 0.1), (2, 0.1)]
    assert of(ones, *places) == pytest.approx(of(many, *places), rel=0.2, abs=0.3)


def test_before_anything_is_learned_the_start_speaks() -> None:
    """An unusual value is surprising from the first sample on, an ordinary one is not."""
    mixture = start_mixture(*START, 20)
    near, far = of(mixture, (0, 0), (6, 6))
    assert far > near + 10


def test_what_is_new_becomes_ordinary() -> None:
    """When the ways change for long, the new ones are learned."""
    mixture = taught(two_ways(1))
    new = np.random.default_rng(4).normal((0, 2), 0.1, (3000, 2)).astype(np.float32)
    before = of(mixture, (0, 2))[0]
    for start in range(0, 3000, 20):
        learn(mixture, new[start : start + 20], np.ones(20, np.float32))
    assert of(mixture, (0, 2))[0] < 1.5 < before


def test_nothing_is_learned_of_nothing() -> None:
    """An empty portion changes nothing."""
    mixture = taught(two_ways(1))
    before = mixture.mass.copy(), mixture.typical
    learn(mixture, np.zeros((0, 2), np.float32), np.zeros(0, np.float32))
    assert (mixture.mass == before[0]).all()
    assert mixture.typical == before[1]
