"""The policy of assignment, pure: which frame goes to whom, and what becomes of the others."""
