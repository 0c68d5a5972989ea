"""Tests of the stage that answers."""
