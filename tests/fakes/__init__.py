"""Fakes that several tests share: scripted parts that stand in for real ones."""
