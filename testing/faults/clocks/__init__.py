"""A wall clock that jumps, for processes that have this folder on their path."""
