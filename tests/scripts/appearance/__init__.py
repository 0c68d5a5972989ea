"""Tests of how the appearance network is made."""
