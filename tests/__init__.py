"""Tests; the folders mirror the tree, end-to-end tests stand apart."""
