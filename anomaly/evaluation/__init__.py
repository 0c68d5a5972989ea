"""Evaluation of the detector on labelled folders."""
