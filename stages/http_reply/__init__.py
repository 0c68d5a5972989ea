"""The `http_reply` stage: writes answers, and finds those that nobody decides about.

From pure to real: heads, selection (conditions and ranges), contents and statics (what there is to
send), pictures and reads (where it is found), writing and slow (how it gets into a connection),
stage (what the runtime calls).
"""

from stages.http_reply.stage import run, serve, warm

__all__ = ["run", "serve", "warm"]
