"""Benches: real processes, real sockets, figures against goals; `seda bench NAME [--json]`."""
