"""The `http_reply` stage: writes answers, and finds those that nobody decides about.

From pure to real: contents and statics (what there is to send), frames, lists and reads (where it
is found), writing and slow (how it gets into a connection), stage (what the runtime calls). Heads,
conditions and ranges stand in `http_common`.
"""

from stages.http_reply.stage import run, serve, warm

__all__ = ["run", "serve", "warm"]
