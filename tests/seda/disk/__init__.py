"""Tests of files and the room that they take."""
