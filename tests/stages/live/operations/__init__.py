"""Tests of the operations address."""
