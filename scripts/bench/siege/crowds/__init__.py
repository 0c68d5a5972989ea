"""Crowds of strangers against people who are signed in or want to be."""
