"""Tests of what the siege is made of."""
