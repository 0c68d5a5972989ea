"""Messages made up, as the stages would send them."""
