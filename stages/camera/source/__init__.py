"""Clients: a camera's settings in, an iterator of what happens out; the only part that does I/O."""
