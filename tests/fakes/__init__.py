"""Fakes: paired peers, scripted stages and a controller that tests speak for."""
