"""Tests of the sheets that somebody reads."""
