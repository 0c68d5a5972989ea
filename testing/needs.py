"""Marks of tests that need what may be absent: they are skipped, and say what is missing."""

import pytest

from testing.data import DATA

needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no evaluation data at {DATA}; set SEDA_DATA to where it is"
)
