"""The operations address: what it is asked, and the HTTP around it."""
