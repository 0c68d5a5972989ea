"""Meshes of people and vehicles, posed by what they do."""
