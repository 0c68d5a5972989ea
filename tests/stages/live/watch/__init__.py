"""Tests of who is on watch."""
