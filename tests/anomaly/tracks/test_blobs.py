"""Blobs of drawn maps: how many there are, where, and how fast."""

import numpy as np
import pytest
from numpy.typing import NDArray

from anomaly.tracks import Cells, find_all_blobs, find_blobs, thin
from anomaly.tracks.blobs import MOST_BLOBS
from tests.anomaly.tracks.drawn import COLUMNS, ROWS, THINGS, Person, maps_of


def cells_of(occupied: NDArray[np.generic]) -> Cells:
    zeros = np.zeros_like(occupied, np.float32)
    kinds = np.zeros((THINGS, *occupied.shape), np.float32)
    return Cells(occupied.astype(np.float32), zeros, zeros, zeros, kinds)


def test_people_apart_are_blobs_of_their_own() -> None:
    """Two people in one picture are two blobs, each with its velocity and its edges."""
    people = [Person(41, 61, vx=20, height=21), Person(103, 87, vx=-15, height=27, width=10)]
    blobs = find_blobs(*maps_of(people, 0.0))
    order = np.argsort(blobs.boxes[:, 0])
    assert len(blobs) == 2
    assert blobs.boxes[order] == pytest.approx(
        np.array([(41, 61, 40, 8), (103, 87, 60, 10)]), abs=1.2
    )
    assert blobs.velocity[order, 0] == pytest.approx([20, -15])


def test_without_the_difference_edges_are_those_of_the_cells() -> None:
    """A blob has a box without the picture as well, as fine as the cells are."""
    cells, _ = maps_of([Person(40, 60)], 0.0)
    assert find_blobs(cells).boxes[0] == pytest.approx([40, 60, 40, 8], abs=4)


def test_people_who_pass_each_other_are_two() -> None:
    """Connected cells whose velocities differ strongly are two things."""
    people = [Person(40, 60, vx=20), Person(48, 60, vx=-20)]
    blobs = find_blobs(*maps_of(people, 0.0))
    assert sorted(blobs.velocity[:, 0].tolist()) == [-20, 20]


def test_people_who_walk_together_are_one() -> None:
    """Connected cells that move alike are one thing."""
    assert len(find_blobs(*maps_of([Person(40, 60, vx=20), Person(48, 60, vx=22)], 0.0))) == 1


def test_an_empty_picture_has_none() -> None:
    """No occupied cell, no blob, and the arrays keep their shapes."""
    blobs = find_blobs(*maps_of([], 0.0))
    assert len(blobs) == 0
    assert blobs.boxes.shape == (0, 4)
    assert blobs.kinds.shape == (0, THINGS)


def test_a_single_cell_is_noise() -> None:
    """One cell alone is no thing."""
    occupied = np.zeros((ROWS, COLUMNS))
    occupied[7, 9] = 1
    assert len(find_blobs(cells_of(occupied))) == 0


def test_the_ends_of_rows_do_not_touch() -> None:
    """The last cell of a row and the first of the next are far apart, and corners touch."""
    occupied = np.zeros((ROWS, COLUMNS))
    occupied[3:5, -1] = occupied[5:7, 0] = 1
    assert len(find_blobs(cells_of(occupied))) == 2
    occupied = np.eye(ROWS, COLUMNS)
    assert len(find_blobs(cells_of(occupied))) == 1
    assert len(find_blobs(cells_of(occupied[:, ::-1]))) == 1


def test_pictures_together_have_the_blobs_that_each_has_alone() -> None:
    """What is at the foot of one picture and the head of the next is not of one piece."""
    chance = np.random.default_rng(5)
    maps = [chance.random((ROWS, COLUMNS)) < share for share in (0.3, 0.0, 0.5, 0.2)]
    alone = [cells_of(occupied) for occupied in maps]
    together = Cells(*(np.stack(one) for one in zip(*map(_maps, alone), strict=True)))
    difference = chance.normal(0, 20, (len(maps), ROWS * 4, COLUMNS * 4)).astype(np.float32)
    found = find_all_blobs(together, thin(difference))
    for blobs, cells, picture in zip(found, alone, difference, strict=True):
        expected = find_blobs(cells, picture)
        np.testing.assert_array_equal(blobs.boxes, expected.boxes)
        np.testing.assert_array_equal(blobs.cells, expected.cells)


def _maps(cells: Cells) -> tuple[NDArray[np.float32], ...]:
    return (
        cells.occupied, cells.u_px_per_s, cells.v_px_per_s, cells.doubt_px_per_s, cells.kinds,
    )  # fmt: skip


def test_labels_agree_with_a_search_cell_by_cell() -> None:
    """On random maps the groups are those that a plain flood finds (corners touch)."""
    chance = np.random.default_rng(3)
    for _ in range(30):
        occupied = chance.random((ROWS, COLUMNS)) < chance.uniform(0.05, 0.5)
        sizes = sorted(np.round(find_blobs(cells_of(occupied)).cells).tolist(), reverse=True)
        assert sizes == _flooded(occupied)


def _flooded(occupied: NDArray[np.bool_]) -> list[int]:
    left = {(row, column) for row, column in np.argwhere(occupied).tolist()}
    sizes = []
    while left:
        group = [left.pop()]
        for row, column in group:
            for below in (-1, 0, 1):
                for beside in (-1, 0, 1):
                    near = (row + below, column + beside)
                    if near in left:
                        left.remove(near)
                        group.append(near)
        sizes.append(len(group))
    return sorted((size for size in sizes if size > 1), reverse=True)[:MOST_BLOBS]
