"""The store: one SQLite file, one writer, and a chain of hashes over what was decided."""
