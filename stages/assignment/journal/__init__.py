"""The journal of assignment: what was decided, written down, read again and told again."""
