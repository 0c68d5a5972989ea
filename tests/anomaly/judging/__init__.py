"""Tests of evidence in numbers."""
