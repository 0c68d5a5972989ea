"""The `live` stage: gathers every stage's figures and answers on the operations address.

cameras (the state of each), metrics (figures gathered and shown), watch (who is there), streams
(what pages hear at once), operations (the address for metrics and figures); beside them what is
said to pages, what becomes an alarm by itself, and stage (what the runtime calls).
"""

from stages.live.stage import run, serve

__all__ = ["run", "serve"]
