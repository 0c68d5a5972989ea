"""What is seen: a chunk's small pictures, the usual view, drawn-in text."""
