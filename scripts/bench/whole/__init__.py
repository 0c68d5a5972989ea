"""What the whole costs: the shipped system beside one bare loop that does the same work."""
