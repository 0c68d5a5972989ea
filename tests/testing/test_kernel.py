"""A test of the sandbox skips for what the kernel lacks, and for nothing that a handler says."""

import attrs
import pytest

from testing import kernel
from testing.kernel import FILES, Protection, require


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch) -> Protection:
    """Have a kernel without Landlock."""
    lacks = attrs.evolve(FILES, missing=lambda: "this kernel has no Landlock")
    monkeypatch.setattr(kernel, "ALL", (lacks,))
    return lacks


def test_what_the_kernel_lacks_is_skipped_by_its_name(lacking: Protection) -> None:
    """And only by a test that needs it."""
    with pytest.raises(pytest.skip.Exception, match="no Landlock"):
        require((f"{FILES.note}: Function not implemented",), lacking)
    require((f"{FILES.note}: Function not implemented",))


@pytest.mark.parametrize("note", [f"{FILES.note}: a mistake", "memory is not limited: a mistake"])
def test_what_the_kernel_has_and_a_handler_did_not_take_fails(
    note: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note alone is no reason to skip."""
    has = attrs.evolve(FILES, missing=lambda: "")
    monkeypatch.setattr(kernel, "ALL", (has,))
    with pytest.raises(AssertionError, match="was not taken"):
        require((note,), has)


def test_nothing_is_said_missing_that_a_process_can_take() -> None:
    """The probes of this machine are asked, whatever they find."""
    assert all(isinstance(it.missing(), str) for it in kernel.ALL)
