"""How the parser lets the TLS stage know that somebody has signed in on a connection.

The TLS stage reads no HTTP, and yet has to know whose connection may be ended for others. The two
share nothing but a pair of sockets, so the parser gives its end a name, and this end sees it as its
peer's. Only who holds that end can name it: nothing that comes through the connection can. Bytes
beside the connection's would have to be told apart from it, a message would have to find the one
handler that holds the connection. A name is given once; it lasts as long as the connection.
"""

import contextlib
import secrets
import socket
from hashlib import sha256

_PREFIX = b"\0seda-signed-in/"


def mark_signed_in(parsers_end: socket.socket, person: str) -> None:
    """Give the parser's end of a connection the name of somebody."""
    # Names are the machine's: nobody else on it is to read there who is on watch.
    name = sha256(person.encode()).hexdigest()[:16]
    with contextlib.suppress(OSError):  # it has one already
        parsers_end.bind(_PREFIX + f"{name}/{secrets.token_hex(8)}".encode())


def signed_in_on(our_end: socket.socket) -> str:
    """Return what tells apart who is signed in on a connection; "" where nobody is."""
    try:
        name = our_end.getpeername()
    except OSError:
        return ""
    if not isinstance(name, bytes) or not name.startswith(_PREFIX):
        return ""
    return name[len(_PREFIX) :].partition(b"/")[0].decode()
