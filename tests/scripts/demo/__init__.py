"""Tests of the demo cameras."""
