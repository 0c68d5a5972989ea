"""Stage code that a row names: it notes, fails, hangs, attacks or computes."""
