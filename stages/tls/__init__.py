"""The stage that speaks TLS with browsers, and plain HTTP with the parser.

Only in the pipeline where `web.tls` is configured; a reverse proxy in front does as well.
relay (one connection), stage (what the runtime calls). Certificates are read by
`seda.keys.certificate`, which `seda check` asks as well.
"""

from stages.tls.stage import run, serve, warm

__all__ = ["run", "serve", "warm"]
