"""Regions and tracks: what is pointed at counts, and pointing elsewhere costs."""

import numpy as np

from anomaly.evaluation.regions import (
    ShownRegion,
    compare,
    follow_tracks,
    locate,
    tell_regions,
)

HERE, BESIDE, AWAY = frozenset({1, 2, 3}), frozenset({3, 4, 5, 6}), frozenset({50, 51})


def test_pointing_at_everything_and_nothing_else_is_perfect() -> None:
    """Every region told with a false one nowhere has both areas one."""
    looks = [compare({7: HERE}, (ShownRegion(HERE, 1.0),)), compare({}, ())]
    assert locate([looks]).regions == locate([looks]).tracks == 1


def test_pointing_elsewhere_finds_nothing() -> None:
    """A region that shares nothing with the truth is false, however sure."""
    found = locate([[compare({7: HERE}, (ShownRegion(AWAY, 1.0),))]])
    assert (found.regions, found.tracks) == (0, 0)


def test_a_tenth_of_the_union_is_enough() -> None:
    """One cell of six that either covers is shared, which is more than a tenth."""
    assert locate([[compare({7: HERE}, (ShownRegion(BESIDE, 1.0),))]]).regions == 1


def test_a_track_is_found_where_a_tenth_of_it_is() -> None:
    """One of eight looks finds the track and an eighth of the regions."""
    looks = [compare({7: HERE}, (ShownRegion(HERE, 1.0),)), *[compare({7: HERE}, ())] * 7]
    found = locate([looks])
    assert (found.tracks, found.regions) == (1, 0.125)


def test_surer_false_regions_cost_area() -> None:
    """What is found only below a false region counts from that false rate on."""
    looks = [compare({7: HERE}, (ShownRegion(AWAY, 2.0), ShownRegion(HERE, 1.0))), compare({}, ())]
    assert 0 < locate([looks]).regions < 1


def test_warm_groups_are_told_with_their_share_of_the_score() -> None:
    """Two groups, the cooler at its share; what is under half the peak is left out."""
    heat = np.zeros((4, 8), np.uint8)
    heat[0, 0], heat[2, 4:6], heat[3, 0] = 200, 100, 90
    told = sorted(tell_regions(heat, 1.0), key=lambda one: -one.score)
    assert [(len(one.cells), one.score) for one in told] == [(1, 1.0), (2, 0.5)]
    assert tell_regions(np.zeros((4, 8), np.uint8), 1.0) == ()


def test_tracks_follow_what_overlaps() -> None:
    """One thing that moves on is one track; another far away is another."""
    masks = np.zeros((3, 16, 32), bool)
    for frame, left in enumerate((0, 4, 8)):
        masks[frame, 0:8, left : left + 8] = True
    masks[2, 12:16, 24:32] = True
    names = [set(frame) for frame in follow_tracks(masks, (4, 8))]
    assert names[0] == names[1] == {0}
    assert names[2] == {0, 1}


def test_tracks_of_two_clips_are_two_tracks() -> None:
    """The same number in another clip is another thing."""
    seen, missed = [compare({7: HERE}, (ShownRegion(HERE, 1.0),))], [compare({7: HERE}, ())]
    assert locate([seen, missed]).tracks == 0.5
