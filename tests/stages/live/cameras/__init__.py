"""Tests of the states of cameras."""
