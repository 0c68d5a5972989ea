"""The pure engine: happenings in, commands out; no clock, no socket, no randomness inside."""
