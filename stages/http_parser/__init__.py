"""The stage that accepts connections, reads requests and decides who may ask for what.

From pure to real: targets, routing and checks (what a request asks for), sign_in_delays and
password_rounds (whether it may), access_control (all of that together); credential_cache, passwords
and waiting_strangers (the store and argon2); connection and stage (sockets, and what the runtime
calls). Bytes become a request in `http_common`, which knows origins and strangers' time too. The
whole way of a request stands in design/ring.md, what is refused and why in design/http-parser.md.
"""

from stages.http_parser.stage import run, serve

__all__ = ["run", "serve"]
