"""Tests; see the folder that this one mirrors."""
