"""Tests of the `live` stage."""
