"""The listening TCP sockets: made once, so that nothing is refused while others restart."""

import errno
import socket

from conf.addresses import host_and_port
from conf.schema import Settings


class CannotListen(Exception):
    """An address that can not be listened on; the words say what to do."""


def addresses(settings: Settings) -> dict[str, str]:
    """Return the address of every listening socket that a stage may name in its `listens`."""
    return {"operations": settings.operations_address}


def listen(name: str, address: str) -> socket.socket:
    """Listen on this address."""
    host, port = host_and_port(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
    if error.errno == errno.EADDRINUSE:
        return (
            f"{name}_address {address} is in use by another program: end that one, or set "
            f"{name}_address to a free port"
        )
    return f"{name}_address {address} can not be listened on: {error.strerror or error}"
