"""The stage that judges how unusual a chunk is: batches in, one scored frame each out.

The judging itself is in `anomaly/`; here is what a process of the pipeline needs around it.
"""
