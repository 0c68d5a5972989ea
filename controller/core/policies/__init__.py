"""How the engine adapts: how many events a call, how many handlers, how long, how much."""
