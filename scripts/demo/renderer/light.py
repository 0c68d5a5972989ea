"""How light changes while a scene runs: drifting daylight, passing clouds, lamps that flicker.

Pure: levels at a stream time follow from the seed alone. Sums of sines of periods that share no
common multiple do not repeat within days, and cost nothing to look up at any moment.
"""

import math
from typing import Literal

import attrs

LampHabit = Literal["steady", "flicker", "shift"]

DRIFT_PERIODS_S = (2711.0, 1103.0, 617.0)
CLOUD_PERIODS_S = (331.0, 173.0, 89.0, 47.0)
FLICKER_EVERY_S = 97.0  # a tired tube has a bad spell about this often


@attrs.frozen
class Levels:
    """How bright each light is now, one being as built; exposure is the camera's own answer."""

    sky: float
    sun: float
    lamps: tuple[float, ...]
    exposure: float

    def is_close_to(self, other: "Levels", step: float = 0.01) -> bool:
        """Say whether nobody would see the difference."""
        mine, theirs = attrs.astuple(self), attrs.astuple(other)
        flat = [(mine[0], theirs[0]), (mine[1], theirs[1]), (mine[3], theirs[3])]
        return all(abs(a - b) < step for a, b in [*flat, *zip(mine[2], theirs[2], strict=True)])


@attrs.frozen
class Weather:
    """What the light does here: clouds 0 (none) to 1 (overcast now and then), drift of the day."""

    seed: int
    clouds: float = 0.0
    drift: float = 0.0
    lamps: tuple[LampHabit, ...] = ()

    def levels_at(self, now_s: float) -> Levels:
        """Return the levels at a stream time."""
        day = 1 + self.drift * _wave(now_s, DRIFT_PERIODS_S, self.seed)
        cover = self.clouds * _smoothstep(0.5 + 0.9 * _wave(now_s, CLOUD_PERIODS_S, self.seed + 1))
        sun = day * (1 - 0.88 * cover)
        sky = day * (1 - 0.15 * cover)
        lamps = tuple(self._lamp_at(habit, k, now_s) for k, habit in enumerate(self.lamps))
        bright = 0.45 * sky + 0.55 * sun if self.clouds or self.drift else 1.0
        return Levels(sky, sun, lamps, bright**-0.55)

    def _lamp_at(self, habit: LampHabit, number: int, now_s: float) -> float:
        if habit == "flicker":
            spell = now_s % FLICKER_EVERY_S
            bad = spell < 2.5 + 1.5 * math.sin(now_s // FLICKER_EVERY_S * 2.4)
            return (
                0.35 + 0.65 * (math.sin(now_s * 37 + math.sin(now_s * 11) * 3) > 0) if bad else 1.0
            )
        if habit == "shift":
            return 0.94 + 0.06 * _wave(now_s, DRIFT_PERIODS_S, self.seed + 5 + number)
        return 1.0


def _wave(now_s: float, periods_s: tuple[float, ...], seed: int) -> float:
    """Sum sines of these periods, phases from the seed, within -1 to 1."""
    phases = (math.fmod(seed * 1.618 * (k + 1), 1.0) for k in range(len(periods_s)))
    total = sum(
        math.sin(2 * math.pi * (now_s / p + phase))
        for p, phase in zip(periods_s, phases, strict=True)
    )
    return total / len(periods_s)


def _smoothstep(value: float) -> float:
    bounded = min(max(value, 0.0), 1.0)
    return bounded * bounded * (3 - 2 * bounded)
