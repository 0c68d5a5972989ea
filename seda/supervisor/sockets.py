"""The sockets that outlive whoever uses them: made once, so that nothing is lost in a restart.

Those that listen on TCP, and a pair by which connections go back: the stage that answered writes on
"return", the one that reads requests reads on "returned", and both ends stay open here.
"""

import errno
import socket

from conf.addresses import host_and_port
from conf.schema import Settings

_INHERITED = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
"""What accepted connections have from the start: an answer's head does not wait for its body, and
a client that vanished without a word is noticed within a minute, also while nobody has anything to
say to it."""


class CannotListen(Exception):
    """An address that cannot be listened on; the words say what to do."""


RETURN, RETURNED = "return", "returned"
PAIR = frozenset({RETURN, RETURNED})
_PAIR_BYTES = 4 * 1024 * 1024
"""Room for connections on their way back; the kernel counts about a thousand bytes for each."""
_KEY = {"operations": "operations_address", "web": "web.address", "tls": "web.address"}
"""Where each address stands in the configuration."""


def addresses(settings: Settings) -> dict[str, str]:
    """Return the address of every listening socket that a stage may name in its `listens`.

    "web" and "tls" are one address: a pipeline has either (seda.pipeline.with_tls).
    """
    web = settings.web.address
    return {"operations": settings.operations_address, "web": web, "tls": web}


def names(settings: Settings) -> set[str]:
    """Return every socket that a stage may name."""
    return {*addresses(settings), *PAIR}


def pair() -> dict[str, socket.socket]:
    """Make the pair; what does not fit is refused to the writer, who never waits."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _PAIR_BYTES)
    return dict(zip((RETURN, RETURNED), ends, strict=True))


def listen(name: str, address: str) -> socket.socket:
    """Listen on this address."""
    host, port = host_and_port(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for level, option, value in _INHERITED:
            sock.setsockopt(level, option, value)
        sock.bind((host, port))
        sock.listen(512)
    except OSError as error:
        sock.close()
        raise CannotListen(_sentence(name, address, error)) from None
    sock.setblocking(False)
    return sock


def bound_address(sock: socket.socket) -> str:
    """Return the address with the port that was really taken."""
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _sentence(name: str, address: str, error: OSError) -> str:
    key = _KEY.get(name, name)
    if error.errno == errno.EADDRINUSE:
        return (
            f"{key} {address} is in use by another program: end that one, or set {key} to a free "
            "port"
        )
    return f"{key} {address} cannot be listened on: {error.strerror or error}"
