"""A mixture of Gaussians that learns picture by picture and slowly forgets.  Pure.

Stepwise expectation and maximisation on decayed sums: what is new is shared out among the
components by how well each explains it, and added to their mass, first and second moments. It
begins with components that stand for what moves on most cameras, with the weight of a few seconds,
so that there is something to compare with from the first picture on, and nothing has to be drawn
by lot.
"""

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from anomaly.types import Floats

Doubles = NDArray[np.float64]

_YOUNG_MASS = 200.0  # what is held at least; before, nothing is forgotten
_HELD_SHARE = 0.5  # of everything ever learned: what came first came from a rough start
_MOST_MASS = 20_000.0  # and at most: a busy camera then looks back some hours
_LEAST_SPREAD = 0.03  # of the units of each axis, so that no component becomes a point
_LEAST_SHARE = 1e-4
_TYPICAL_PACE = 0.002


@attrs.define
class Mixture:
    """Decayed sums of every component."""

    mass: Doubles  # components
    first: Doubles  # components, axes
    second: Doubles  # components, axes, axes
    learned: float = 0.0  # mass of everything so far
    typical: float = 0.0  # the usual surprise, from which surprise is counted


@attrs.frozen
class Density:
    """A mixture made ready for reading."""

    means: Doubles
    whitening: Doubles  # components, axes, axes: distances are lengths after it
    offsets: Doubles  # log weight and log volume of every component
    typical: float


@attrs.frozen
class Reading:
    """How well a mixture explains some values, a row a value."""

    fits: Doubles  # log density in every component
    rarity: Doubles  # negative log density in all of them together
    typical: float

    @property
    def surprise(self) -> Floats:
        """How much rarer each value is than what is typical: zero at least."""
        return np.asarray(np.maximum(self.rarity - self.typical, 0), np.float32)

    def at(self, rows: NDArray[np.intp]) -> "Reading":
        """Return the same of some of the values."""
        return Reading(self.fits[rows], self.rarity[rows], self.typical)


def start_mixture(
    means: Sequence[Sequence[float]], spreads: Sequence[Sequence[float]], mass: float
) -> Mixture:
    """Begin with components that were not learned."""
    centre, spread = np.array(means, np.float64), np.array(spreads, np.float64)
    weight = np.full(len(centre), mass / len(centre))
    spread_squares = spread[:, :, None] ** 2 * np.eye(centre.shape[1])
    second = spread_squares + centre[:, :, None] * centre[:, None]
    return Mixture(weight, weight[:, None] * centre, weight[:, None, None] * second)


def read_mixture(mixture: Mixture) -> Density:
    """Make a mixture ready for reading."""
    mass = np.maximum(mixture.mass, 1e-9)
    means = mixture.first / mass[:, None]
    spread = mixture.second / mass[:, None, None] - means[:, :, None] * means[:, None]
    spread += _LEAST_SPREAD**2 * np.eye(means.shape[1])
    factor = np.linalg.cholesky(spread)
    shares = mass / mass.sum() + _LEAST_SHARE
    volume = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(1)
    return Density(means, np.linalg.inv(factor), np.log(shares) - volume, mixture.typical)


def read_values(mixture: Mixture, values: Floats) -> Reading:
    """Say how well each value is explained."""
    density = read_mixture(mixture)
    fits = _fits(density, values)
    return Reading(fits, _rarity(fits), density.typical)


def surprise(density: Density, values: Floats) -> Floats:
    """Return how much rarer each value is than what is typical: zero at least."""
    fits = _fits(density, values)
    return Reading(fits, _rarity(fits), density.typical).surprise


def learn(mixture: Mixture, values: Floats, weights: Floats, read: Reading | None = None) -> None:
    """Take in what was seen; `read` says how well it is explained, where that is known."""
    if not len(values):
        return
    read = read or read_values(mixture, values)
    fits, rarity = read.fits, read.rarity
    shares = np.exp(fits + rarity[:, None]) * weights[:, None]
    new = float(weights.sum())
    mixture.learned += new
    held = float(mixture.mass.sum())
    keep = min(1.0, max(0.0, _most_held(mixture) - new) / max(held, 1e-9))
    doubles = values.astype(np.float64)
    mixture.mass = mixture.mass * keep + shares.sum(0)
    mixture.first = mixture.first * keep + shares.T @ doubles
    squares = (doubles[:, :, None] * doubles[:, None]).reshape(len(doubles), -1)
    mixture.second = mixture.second * keep + (shares.T @ squares).reshape(mixture.second.shape)
    pace = min(1.0, max(_TYPICAL_PACE, 1 / mixture.learned) * new)
    mixture.typical += pace * (float((rarity * weights).sum()) / new - mixture.typical)


def _most_held(mixture: Mixture) -> float:
    return min(_MOST_MASS, max(_YOUNG_MASS, _HELD_SHARE * mixture.learned))


def _fits(density: Density, values: Floats) -> Doubles:
    """Return the log density of every value in every component, but for a constant."""
    apart = values.astype(np.float64) - density.means[:, None]
    distance = np.matmul(apart, density.whitening.swapaxes(1, 2))  # components, values, axes
    distance *= distance
    return np.asarray(density.offsets - 0.5 * distance.sum(2).T, np.float64)


def _rarity(fits: Doubles) -> Doubles:
    """Return the negative logarithm of the density, of all components together."""
    most = fits.max(1)
    return np.asarray(-most - np.log(np.exp(fits - most[:, None]).sum(1)), np.float64)
