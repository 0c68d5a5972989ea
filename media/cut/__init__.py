"""Pure cutters: bytes of a camera's stream in, pieces out; no socket, no clock, no decoder."""
