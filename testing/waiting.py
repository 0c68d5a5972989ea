"""How long a test waits for what has to come."""

PATIENCE_S = 240.0
"""In full only where it fails, and then on a machine that does much besides: so it is long."""
