"""Tests of the way from a decoded picture to frames."""
