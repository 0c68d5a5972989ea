"""Tests of the alarm stage."""
