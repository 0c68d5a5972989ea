"""The `live` stage: gathers every stage's figures and answers on the operations address.

From pure to real: lines (counters over restarts), gathering (who was heard when), overview and
metrics (two ways to show it), answers (paths to content), exchange and server (HTTP), stage (what
the runtime calls).
"""

from stages.live.stage import run, serve

__all__ = ["run", "serve"]
