"""Masks and zones as geometry."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anomaly.detect import Settings
from anomaly.features import MotionGraph
from anomaly.zones import cover_cells, hold_cells, is_active, weigh_cells
from conf.schema import Zone
from seda.messages import Band
from tests.anomaly.judged import LEARNED_CHUNKS, RUNNER, judge, recall
from tests.anomaly.street import ORDINARY, street_batch

LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
SHAPE = (8, 12)


def test_masked_half_weighs_nothing() -> None:
    """What lies in a mask is ignored, the rest is not touched."""
    weights = weigh_cells((Zone("mask", LEFT, 0.0),), 12, SHAPE)
    assert (weights[:, :6] == 0).all()
    assert (weights[:, 6:] == 1).all()


def test_ignoring_wins_over_stressing() -> None:
    """Where a mask meets a zone of higher weight, the mask holds."""
    zones = (Zone("mask", LEFT, 0.0), Zone("door", LEFT, weight=3), Zone("all", _whole(), weight=2))
    weights = weigh_cells(zones, 12, SHAPE)
    assert (weights[:, :6] == 0).all()
    assert (weights[:, 6:] == 2).all()


def test_hours_may_run_over_midnight() -> None:
    """A zone from 22 to 6 counts at 23 and at 5, not at noon."""
    night = Zone("night", LEFT, weight=1.0, hours=(22, 6))
    assert [is_active(night, hour) for hour in (23, 5, 12, 6)] == [True, True, False, False]


def test_minimum_duration_by_cell() -> None:
    """The longest demand of the zones over a cell holds."""
    zones = (Zone("a", LEFT, 1, minimum_s=3), Zone("b", LEFT, 1, minimum_s=8))
    hold = hold_cells(zones, 12, SHAPE)
    assert (hold[:, :6] == 8).all()
    assert (hold[:, 6:] == 0).all()


@given(
    st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)), st.tuples(st.floats(0.5, 1), st.floats(0.5, 1))
)
def test_cover_adds_up_to_the_area(low: tuple[float, float], high: tuple[float, float]) -> None:
    """The shares of all cells add up to the rectangle's area, as far as samples can tell."""
    corners = (low, (high[0], low[1]), high, (low[0], high[1]))
    area = (high[0] - low[0]) * (high[1] - low[1])
    assert float(np.mean(cover_cells(corners, (20, 20)))) == pytest.approx(area, abs=0.04)


@pytest.mark.parametrize(("zone", "is_masked"), [("UTC", True), ("Asia/Tokyo", False)])
def test_hours_are_those_of_the_site(
    learned: bytes, graph: MotionGraph, zone: str, is_masked: object
) -> None:
    """A mask from one to three in the afternoon, at a quarter to two in one place of the world."""
    mask = Zone("mask", _whole(), 0.0, hours=(13, 15))
    settings = Settings(zones=(mask,), time_zone=ZoneInfo(zone))
    batch = street_batch(LEARNED_CHUNKS, [*ORDINARY, RUNNER])
    scored = judge(batch, recall(learned), graph, settings)
    assert (scored.band is Band.ORDINARY) is is_masked


def _whole() -> tuple[tuple[float, float], ...]:
    return ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
