"""`shift`: a person decides by key in front of the demo, and is judged by its truth."""
