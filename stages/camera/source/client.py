"""The HTTP client of a camera: authentication, certificates and redirects.

Certificates are verified. One that no authority signed can be trusted, explicitly, by its
fingerprint or by the file that holds it: then exactly this certificate is accepted and nothing
else, and it is compared before anything is sent, a password least of all.
"""

import hashlib
import logging
import os
import re
import ssl
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path

import httpx
import trio

from conf.schema import Camera, TrustedCertificate
from stages.camera.challenges import Challenge, choose
from stages.camera.faults import CameraFault, Fault, of_status, redirect_elsewhere
from stages.camera.origins import Origin, may_lead
from stages.camera.source.errors import faults
from stages.camera.source.intake import LULL_S, READ_BYTES, Intake
from stages.camera.source.settings import user_and_password

REDIRECTS_MAX = 4
_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)
USER_AGENT = "seda"
_MARK_BYTES_MAX = READ_BYTES // 2
"""So much may lie in the kernel for each camera."""

_PARTS_AT_ONCE = 64
"""Parts that are read of one camera before the others have their turn."""
PARTS_MIN = 4096
PART_BYTES = 32
"""Each part costs what thousands of bytes do: a camera may send so many, and beyond them no more
than one for so many bytes."""

# httpx tells every URL that it asks for, httpcore every header; both may hold a password.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class AutomaticAuth(httpx.Auth):
    """Basic or digest, whichever the camera asks for; digest where it offers both."""

    def __init__(self, username: str, password: str) -> None:
        self._basic = httpx.BasicAuth(username, password)
        self._digest = httpx.DigestAuth(username, password)
        self.scheme = "none"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Ask without first, then as the answer says, and from then on at once."""
        if self.scheme == "none":
            response = yield request
            if response.status_code != 401:
                return
            if (chosen := _chosen(response)) is not None:
                self.scheme = chosen.scheme
        if self.scheme == "digest":
            yield from self._answer_digest(request)
        elif self.scheme == "basic":
            yield from self._basic.auth_flow(request)

    def _answer_digest(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Let httpx answer the offer that was chosen: it fails on those that it does not know."""
        flow = self._digest.auth_flow(request)
        asked = next(flow)
        while True:
            response = yield asked
            if response.status_code == 401 and (chosen := _chosen(response)) is not None:
                response.headers["www-authenticate"] = chosen.header
            try:
                asked = flow.send(response)
            except StopIteration:
                return


def make_client(camera: Camera) -> httpx.AsyncClient:
    """Return a client for one camera; connections are kept alive between requests."""
    known = user_and_password(camera)
    timeouts = camera.timeouts
    return httpx.AsyncClient(
        auth=AutomaticAuth(*known) if known is not None else None,
        headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **camera.headers},
        verify=ssl_context(camera.trust),
        proxy=camera.proxy,
        follow_redirects=False,
        trust_env=False,  # neither a proxy nor a password from anywhere but the configuration
        timeout=httpx.Timeout(timeouts.answer_s, connect=timeouts.connect_s),
        limits=httpx.Limits(max_connections=2, max_keepalive_connections=1),
    )


@asynccontextmanager
async def request(
    client: httpx.AsyncClient,
    camera: Camera,
    url: str,
    headers: dict[str, str] | None = None,
) -> AsyncIterator[httpx.Response]:
    """Open an answer whose status is 2xx or 304; anything else is a CameraFault."""
    with faults(camera):
        for _ in range(REDIRECTS_MAX):
            with trio.fail_after(camera.timeouts.connect_s + camera.timeouts.answer_s):
                response = await _send(client, client.build_request("GET", url, headers=headers))
            try:
                if response.next_request is None:
                    _check(response, has_credentials=client.auth is not None)
                    yield response
                    return
                url = redirected(response)
            finally:
                with trio.CancelScope(deadline=trio.current_time() + 1, shield=True):
                    await response.aclose()
    raise CameraFault(Fault("redirect_loop", "The camera redirects in a circle.", "address"))


async def _send(client: httpx.AsyncClient, first: httpx.Request) -> httpx.Response:
    """Send with the client's authentication, without ever reading the body of a refusal.

    httpx itself reads it whole, however long it is.
    """
    if client.auth is None:
        return await client.send(first, stream=True)
    flow = client.auth.auth_flow(first)
    asked = next(flow)
    while True:
        response = await client.send(asked, stream=True, auth=None)
        try:
            asked = flow.send(response)
        except StopIteration:
            return response
        await response.aclose()


@asynccontextmanager
async def body(response: httpx.Response) -> AsyncIterator[AsyncIterator[bytes]]:
    """Open the parts of a body as they arrive; what is not read ends with the block.

    httpx and httpcore nest five generators here and close the outermost alone. A cancelled read
    goes through all of them, and so ends all of them.
    """
    parts = response.aiter_raw()
    try:
        yield parts
    finally:
        with trio.CancelScope() as scope:
            scope.cancel()
            async for _ in parts:
                pass


class Reader:
    """Reads the parts of a body, past httpx as soon as that is exact.

    Most cameras send their stream without framing. h11 hands out all that it holds of such a body
    at once, so after the first part everything further is the socket's own, and a part costs one
    call instead of five nested generators. What is chunked, has a length or is encrypted goes on
    through httpx.
    """

    def __init__(
        self, response: httpx.Response, parts: AsyncIterator[bytes], intake: Intake
    ) -> None:
        headers = response.headers
        is_framed = "transfer-encoding" in headers or "content-length" in headers
        stream = response.extensions["network_stream"]
        is_plain = stream.get_extra_info("ssl_object") is None and not is_framed
        self._socket: trio.socket.SocketType | None = (
            stream.get_extra_info("socket") if is_plain else None
        )
        self._parts = parts
        self._intake = intake
        self._has_begun = False
        self._is_drained = False
        self._mark_bytes = 1
        self._parts_read = self._bytes_read = 0

    async def read(self, wanted_bytes: int = 1, spare_s: float = 0.0) -> bytes | memoryview:
        """Return the next part, empty at the end; use it before anything is waited for.

        It lies in the buffer that all share. Fewer bytes than are wanted may come, and may be left
        lying in the socket: `read_nowait` has those. Where there is time to spare, they are read
        less often and more together.
        """
        if self._socket is not None and self._has_begun:
            if spare_s >= 2 * LULL_S and self._is_drained:
                await self._intake.lull()
                if (part := self.read_nowait()) is not None:
                    return part
            return await self._receive(self._socket, wanted_bytes)
        self._has_begun = True
        self._parts_read += 1
        if self._parts_read % _PARTS_AT_ONCE == 0:
            # h11 has thousands of a camera's smallest chunks at once, and waits for none of them.
            await trio.lowlevel.checkpoint()
        framed = await anext(self._parts, b"")
        self._bytes_read += len(framed)
        if self._parts_read > PARTS_MIN + self._bytes_read / PART_BYTES:
            words = "The camera sends its answer in very many pieces of a few bytes each."
            raise CameraFault(Fault("tiny_pieces", words, "address"))
        return framed

    def read_nowait(self) -> memoryview | None:
        """Return what lies in the socket, empty at the end, None if nothing does."""
        if self._socket is None:
            return None
        buffer = self._intake.buffer
        try:
            # Past trio, which would look at its scheduler before and after.
            size_bytes = os.readv(self._socket.fileno(), [buffer])
        except BlockingIOError:
            return None
        self._is_drained = size_bytes < len(buffer)
        return buffer[:size_bytes]

    async def _receive(self, socket: trio.socket.SocketType, wanted_bytes: int) -> memoryview:
        self._mark(socket, min(wanted_bytes, _MARK_BYTES_MAX))
        if self._is_drained:
            await trio.lowlevel.wait_readable(socket)
        else:
            await trio.lowlevel.checkpoint()
        while (part := self.read_nowait()) is None:
            await trio.lowlevel.wait_readable(socket)
        return part

    def _mark(self, socket: trio.socket.SocketType, mark_bytes: int) -> None:
        """Have the kernel wake this process no sooner than so much has come, or the end."""
        if mark_bytes != self._mark_bytes:
            self._mark_bytes = mark_bytes
            socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVLOWAT, mark_bytes)


def redirected(response: httpx.Response) -> str:
    """Return where an answer redirects to, if a camera may lead there."""
    following = response.next_request
    assert following is not None  # noqa: S101 - only asked of redirects
    there = origin(following.url)
    if not may_lead(origin(response.request.url), there):
        raise redirect_elsewhere(there)
    return str(following.url)


def origin(url: httpx.URL) -> Origin:
    """Return whom httpx would ask."""
    return Origin.of(url.scheme, url.host, url.port)


def _check(response: httpx.Response, *, has_credentials: bool) -> None:
    if response.status_code == 304:
        return
    fault = of_status(response.status_code, response.headers, has_credentials=has_credentials)
    if fault is not None:
        raise CameraFault(fault)


def _chosen(response: httpx.Response) -> Challenge | None:
    return choose(response.headers.get_list("www-authenticate"))


@lru_cache(maxsize=64)
def ssl_context(trust: TrustedCertificate | None) -> ssl.SSLContext:
    """Return the context for a way to trust; shared, since one costs 20 ms and half a megabyte."""
    context = ssl.create_default_context()
    if trust is None:
        return context
    wanted = _pinned(trust).replace(":", "").lower()

    class Pinned(ssl.SSLObject):
        """Accepts one certificate and no other."""

        def do_handshake(self) -> None:
            """Compare before anything is sent."""
            super().do_handshake()
            shown = hashlib.sha256(self.getpeercert(binary_form=True) or b"").hexdigest()
            if shown != wanted:
                raise ssl.SSLCertVerificationError(
                    f"the camera shows another certificate, with the fingerprint {shown}"
                )

    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.sslobject_class = Pinned
    return context


def _pinned(trust: TrustedCertificate) -> str:
    if trust.fingerprint:
        return trust.fingerprint
    try:
        return fingerprint_of(Path(trust.pem).read_text("ascii", "replace"))
    except (OSError, ValueError):
        words = f"The certificate to trust cannot be read: {trust.pem} is missing or holds none."
        raise CameraFault(Fault("trust_unreadable", words, "address")) from None


def fingerprint_of(pem: str) -> str:
    """Return the SHA-256 of the first certificate in PEM, whatever stands around it."""
    found = _CERTIFICATE.search(pem)
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(found[0] if found else "")).hexdigest()
