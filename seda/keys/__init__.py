"""Keys and certificates that the server holds, and what is sealed with them."""
