"""The stage that speaks TLS with browsers, and plain HTTP with the parser.

Only in the pipeline where `web.tls` is configured; a reverse proxy in front does as well.
certificate (which one, and whether it changed), relay (one connection), stage (what the runtime
calls).
"""

from stages.tls.stage import run, serve, warm

__all__ = ["run", "serve", "warm"]
