"""Tests of the handlers' runtime."""
