"""Tests of who may sign in."""
