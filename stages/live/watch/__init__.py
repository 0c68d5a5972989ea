"""Who has a page open, and who of them is on watch."""
