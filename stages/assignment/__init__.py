"""Assignment: which scored frame goes to which spotter, and how that survives a crash."""
