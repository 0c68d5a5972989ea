"""Tests of the addresses, their document and the pages."""
