"""Tests of scripts.architecture."""
