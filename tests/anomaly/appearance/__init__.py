"""Tests of the closer look at things."""
