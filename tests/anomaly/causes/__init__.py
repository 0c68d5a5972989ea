"""Tests of causes and words."""
