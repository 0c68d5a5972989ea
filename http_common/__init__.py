"""HTTP as several stages speak it: whom to accept, reading requests, heads of answers."""
