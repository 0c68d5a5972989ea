"""Controllers and their neighbours as processes or in invented time, each driven by a test."""
