"""How well the detector sees: real scenes, rendered suites and simulated score streams."""
