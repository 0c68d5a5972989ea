"""The places that demo cameras look at, one module each."""
