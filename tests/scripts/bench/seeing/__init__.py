"""Tests of the bench of the detector."""
