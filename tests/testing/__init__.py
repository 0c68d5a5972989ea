"""Tests of what tests share."""
