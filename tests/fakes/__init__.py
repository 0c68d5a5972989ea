"""Fakes and makers of test data, shared by all tests."""
