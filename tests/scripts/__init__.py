"""Tests of the programs for operators and developers."""
