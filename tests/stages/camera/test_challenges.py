"""Ways in which a camera wants to be told the password, as hostile ones write them."""

import pytest

from stages.camera.challenges import choose


@pytest.mark.parametrize("filler", ["a", "a-", "a ", "a = ", 'a="', '"', "\\", ",", ", digest "])
def test_a_head_full_of_anything_is_read_once(filler: str) -> None:
    """Not again from each of its letters, which would hold up all other cameras."""
    offer = "Digest realm=x, nonce=y, " + filler * (200_000 // len(filler))
    choose([offer])
