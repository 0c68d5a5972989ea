"""A controller that follows a script instead of the engine; first in PYTHONPATH it is taken."""
