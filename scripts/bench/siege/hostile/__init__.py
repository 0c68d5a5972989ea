"""Handlers whose code was taken over."""
