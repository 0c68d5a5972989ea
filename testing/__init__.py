"""The harness of tests and benches: stand-ins, systems that really run, and the wait for them."""
