"""Tests of the way between controllers."""
