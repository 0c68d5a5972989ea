"""Programs for operators and developers: benches, the detector model, demo cameras."""
