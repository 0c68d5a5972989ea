"""Handlers whose code was led astray."""
