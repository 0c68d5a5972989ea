"""A server that speaks the console's routes, with rendered pictures and faults on cue."""
