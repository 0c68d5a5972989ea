"""Tests of the `anomaly` stage."""
