"""Tests of the pure engine and its policies."""
