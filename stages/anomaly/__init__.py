"""The stage that judges how unusual a chunk is: batches in, one scored frame each out.

The judging itself is in `anomaly/`; here is what a process of the pipeline needs around it.
"""

from stages.anomaly.stage import judge, warm

__all__ = ["judge", "warm"]
