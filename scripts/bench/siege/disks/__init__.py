"""A disk that is full while people decide."""
