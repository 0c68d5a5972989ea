"""The rules of the engine, one number each: how many at once, how many handlers, how long, how much."""
