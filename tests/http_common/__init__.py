"""Tests of HTTP as several stages speak it."""
