"""Cameras that attack: scan bombs and malformed files."""
