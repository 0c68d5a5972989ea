"""A small HTTP proxy on loopback: `python -P -m testing.cameras.proxy PORT [USER:PASSWORD]`."""

import base64
import socket
import sys
import threading
from urllib.parse import urlsplit

HEAD_BYTES_MAX = 16 * 1024


def serve(port: int, credentials: str = "") -> None:
    """Pass on what clients ask for, each in a thread of its own, until the process is ended."""
    wanted = b"Basic " + base64.b64encode(credentials.encode()) if credentials else b""
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_pass_on, args=(client, wanted), daemon=True).start()


def _pass_on(client: socket.socket, wanted: bytes) -> None:
    with client:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < HEAD_BYTES_MAX:
            part = client.recv(4096)
            if not part:
                return
            head += part
        if wanted not in head:
            client.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        method, target, _ = head.split(b" ", 2)
        there = urlsplit(b"//" + target if method == b"CONNECT" else target)
        with socket.create_connection(((there.hostname or b"").decode(), there.port or 80)) as far:
            if method == b"CONNECT":
                client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                far.sendall(_for_origin(head, there.path or b"/"))
            back = threading.Thread(target=_copy, args=(far, client), daemon=True)
            back.start()
            _copy(client, far)
            back.join()


def _for_origin(head: bytes, path: bytes) -> bytes:
    """Ask for the path alone, and for one answer; what was said to the proxy stays here."""
    lines = head.split(b"\r\n")
    kept = [it for it in lines[1:-2] if not it.lower().startswith((b"proxy-", b"connection:"))]
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", *kept, b"Connection: close", b"", b""])


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one side left, and with it the other


if __name__ == "__main__":
    serve(int(sys.argv[1]), *sys.argv[2:])
