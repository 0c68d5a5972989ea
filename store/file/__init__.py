"""The SQLite file itself: where it lies, its schema, its transactions and the chain of hashes."""
