"""The whole, with real processes from the supervisor to the handlers."""
