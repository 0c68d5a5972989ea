"""Object detectors that add boxes with labels, and the rules a camera has for them."""
