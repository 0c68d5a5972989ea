"""What people write: one module for each group of addresses."""
