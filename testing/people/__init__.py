"""Spotters who decide, over HTTP or in simulated time, and the books that are kept of them."""
