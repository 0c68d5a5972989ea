"""What one person's lessons can do, and what it takes several people for."""

import numpy as np
import pytest

from anomaly.usual.lessons import Lessons, Taught, apply_lessons
from seda.messages import Lesson, Mark

CELLS = (28, 49)
MIDDLE = Mark("place", 0.5, 0.5)
AT = (14, 24)


def taught(verdicts: dict[str, int], verdict: str = "clear") -> Taught:
    """Return the effect of so many lessons of each person about the middle."""
    lessons = [
        Lesson(
            f"{person}{number}", "clear" if verdict == "clear" else "suspicious", person, 0, MIDDLE
        )
        for person, count in verdicts.items()
        for number in range(count)
    ]
    found = apply_lessons(Lessons(learned=lessons), "place", None, CELLS)
    assert found is not None
    return found


@pytest.mark.parametrize("count", [1, 5, 200])
def test_one_person_alone_hides_little(count: int) -> None:
    """However often one person clears, at least 70 % of the evidence is left everywhere."""
    assert taught({"ann": count}).factor.min() >= 0.7 - 1e-6


def test_two_who_agree_are_believed() -> None:
    """Several lessons of two people leave a tenth there, and far away everything."""
    factor = taught({"ann": 10, "bob": 10}).factor
    assert factor[AT] < 0.1
    assert factor[0, 0] > 0.9


def test_a_second_person_who_hardly_agrees_changes_little() -> None:
    """Agreement counts by how much the second person relieves, at that place."""
    far = Mark("place", 0.0, 0.0)
    lessons = [Lesson(f"a{n}", "clear", "ann", 0, MIDDLE) for n in range(20)]
    lessons += [Lesson(f"b{n}", "clear", "bob", 0, far) for n in range(20)]
    found = apply_lessons(Lessons(learned=lessons), "place", None, CELLS)
    assert found is not None
    assert found.factor[AT] > 0.5


@pytest.mark.parametrize("people", [{"ann": 50}, {"ann": 1}])
def test_one_person_raises_by_half_at_most(people: dict[str, int]) -> None:
    """Fifty suspicious verdicts of one person raise no more than one does; two raise more."""
    alone, both = taught(people, "suspicious"), taught({"ann": 1, "bob": 1}, "suspicious")
    assert alone.factor.max() == pytest.approx(1.5, abs=0.01)
    assert both.factor.max() == pytest.approx(2.0, abs=0.01)
    assert np.max(alone.added) == pytest.approx(0.5, abs=0.01)


def test_lessons_about_other_evidence_have_no_effect() -> None:
    """Nothing was taught of what stays."""
    lessons = Lessons(learned=[Lesson("1", "clear", "ann", 0, MIDDLE)])
    assert apply_lessons(lessons, "standing", None, CELLS) is None
