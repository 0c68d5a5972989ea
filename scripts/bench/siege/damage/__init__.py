"""Files that are damaged between two starts."""
