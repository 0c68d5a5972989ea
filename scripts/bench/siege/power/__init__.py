"""Power cuts at writes."""
