"""Tests of breaches of rules."""
