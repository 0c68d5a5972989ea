"""Tests of the SQLite file itself."""
