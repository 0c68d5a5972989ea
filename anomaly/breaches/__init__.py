"""Whether what is seen breaks a rule of its camera."""
