"""The demo cameras over HTTP: trio for connections, h11 for the protocol, a feed for each camera.

Video and single answers go through h11; MJPEG is answered as most cameras do, in HTTP/1.0 until the
connection closes. A connection that does not take its bytes in time is closed.
"""

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from email.utils import formatdate, parsedate_to_datetime

import attrs
import h11
import trio

from scripts.demo.cameras import PASSWORD, USERNAME
from scripts.demo.feed import Clock, Feed, Picture
from scripts.demo.truth import Line

REQUEST_S, SEND_S = 15.0, 10.0  # to send a request; to take an answer's next bytes
MAX_CONNECTIONS = 256
TYPES = {"mpegts": "video/mp2t", "fmp4": "video/mp4", "flv": "video/x-flv"}
CHALLENGE = 'Basic realm="demo camera"'


@attrs.frozen
class Site:
    """Everything that is served: the feeds by path, the clock and the truth so far."""

    feeds: Mapping[str, Feed]
    clock: Clock
    truth: list[Line]


@attrs.frozen
class Answer:
    """A whole answer."""

    status: int
    type: str = "text/plain; charset=utf-8"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Dropped(Exception):
    """The camera hangs up without an answer."""


async def serve_connection(site: Site, stream: trio.SocketStream) -> None:
    """Answer the requests of one connection until either side has had enough."""
    conn = h11.Connection(h11.SERVER)
    try:
        async with stream:
            while await _serve_request(site, stream, conn):
                conn.start_next_cycle()
    except (trio.BrokenResourceError, trio.TooSlowError, h11.ProtocolError, Dropped):
        return  # the client is gone, or is to be


async def _serve_request(site: Site, stream: trio.SocketStream, conn: h11.Connection) -> bool:
    """Answer one request and say whether another may follow."""
    request = await _read_request(stream, conn)
    if request is None:
        return False
    path, _, _ = request.target.decode("ascii", "replace").partition("?")
    headers = {name.decode(): value.decode("latin-1") for name, value in request.headers}
    feed = _feed_at(site, path)
    if feed is not None and feed.is_dropping:
        raise Dropped
    if feed is None:
        await _send(stream, conn, _about(site, path), request.method)
    elif request.method not in (b"GET", b"HEAD"):
        await _send(
            stream, conn, Answer(405, body=b"a camera only answers GET and HEAD\n"), request.method
        )
    elif feed.camera.needs_password and not _may_enter(headers):
        refusal = Answer(
            401,
            body=b"this camera asks for a name and a password\n",
            headers=(("WWW-Authenticate", CHALLENGE),),
        )
        await _send(stream, conn, refusal, request.method)
    elif feed.camera.format == "jpeg":
        await _send(stream, conn, _snapshot(site, await feed.polled(), headers), request.method)
    elif feed.camera.format == "hls":
        await _send(stream, conn, await _hls(feed, path), request.method)
    elif feed.camera.format in TYPES:
        await _send_video(stream, conn, feed, request.method)
    else:
        await _send_mjpeg(stream, feed, request.method)
        return False
    return conn.our_state is h11.DONE and conn.their_state is h11.DONE


async def _read_request(stream: trio.SocketStream, conn: h11.Connection) -> h11.Request | None:
    """Read one whole request; its body, if any, is thrown away."""
    request: h11.Request | None = None
    with trio.fail_after(REQUEST_S):
        while True:
            event = conn.next_event()
            if event is h11.NEED_DATA:
                conn.receive_data(await stream.receive_some(65536))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.EndOfMessage):
                return request
            elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                return None


def _feed_at(site: Site, path: str) -> Feed | None:
    """Find a camera by its path; HLS segments lie beside their playlist."""
    if path in site.feeds:
        return site.feeds[path]
    folder = path.rpartition("/")[0]
    return next(
        (
            f
            for p, f in site.feeds.items()
            if f.camera.format == "hls" and p.rpartition("/")[0] == folder
        ),
        None,
    )


def _may_enter(headers: Mapping[str, str]) -> bool:
    wanted = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "basic" and given.strip() == wanted


def _about(site: Site, path: str) -> Answer:
    if path == "/truth.jsonl":
        lines = (json.dumps(line, separators=(",", ":")) + "\n" for line in site.truth)
        return Answer(200, "application/x-ndjson", "".join(lines).encode())
    if path != "/":
        return Answer(404, body=b"no demo camera is served here; see /\n")
    rows = "".join(
        f'<li><a href="{html.escape(at)}">{html.escape(feed.camera.scene.title)}</a> '
        f"{feed.camera.format}</li>"
        for at, feed in site.feeds.items()
    )
    page = (
        f"<!doctype html><title>Demo cameras</title><h1>Demo cameras</h1><ul>{rows}</ul>"
        '<a href="/truth.jsonl">what is staged</a>'
    )
    return Answer(200, "text/html; charset=utf-8", page.encode())


def _snapshot(site: Site, picture: Picture, headers: Mapping[str, str]) -> Answer:
    """Answer with a picture, or with 304 where the client has it already."""
    tag = '"' + hashlib.blake2b(picture.data, digest_size=12).hexdigest() + '"'
    made_s = site.clock.start_wall_s + picture.at_s
    facts = (
        ("ETag", tag),
        ("Last-Modified", formatdate(made_s, usegmt=True)),
        ("Cache-Control", "no-cache"),
    )
    if _has_it(headers, tag, made_s):
        return Answer(304, headers=facts)
    return Answer(200, "image/jpeg", picture.data, facts)


def _has_it(headers: Mapping[str, str], tag: str, made_s: float) -> bool:
    if "if-none-match" in headers:
        return tag in (given.strip() for given in headers["if-none-match"].split(","))
    try:
        return int(made_s) <= parsedate_to_datetime(headers["if-modified-since"]).timestamp()
    except (KeyError, ValueError):
        return False


async def _hls(feed: Feed, path: str) -> Answer:
    segments, name = await feed.segmented(), path.rpartition("/")[2]
    if path == feed.camera.path:
        longest = max(segment.duration_s for segment in segments)
        head = (
            f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{int(longest + 0.999)}\n"
            f"#EXT-X-MEDIA-SEQUENCE:{segments[0].number}\n"
        )
        body = head + "".join(f"#EXTINF:{s.duration_s:.3f},\n{s.number}.ts\n" for s in segments)
        return Answer(
            200, "application/vnd.apple.mpegurl", body.encode(), (("Cache-Control", "no-cache"),)
        )
    for segment in segments:
        if name == f"{segment.number}.ts":
            return Answer(200, "video/mp2t", segment.data)
    return Answer(404, body=b"this segment is gone, or never was\n")


async def _send(
    stream: trio.SocketStream, conn: h11.Connection, answer: Answer, method: bytes
) -> None:
    has_body = answer.status != 304
    headers = [("Server", "demo-cameras"), *answer.headers]
    if has_body:
        headers += [("Content-Type", answer.type), ("Content-Length", str(len(answer.body)))]
    data = conn.send(h11.Response(status_code=answer.status, headers=headers)) or b""
    if has_body and method != b"HEAD":
        data += conn.send(h11.Data(data=answer.body)) or b""
    data += conn.send(h11.EndOfMessage()) or b""
    await _write(stream, data)


async def _send_video(
    stream: trio.SocketStream, conn: h11.Connection, feed: Feed, method: bytes
) -> None:
    """Send the header and then pieces, from one at which reading may start."""
    headers = [("Content-Type", TYPES[feed.camera.format]), ("Cache-Control", "no-store")]
    await _write(stream, conn.send(h11.Response(status_code=200, headers=headers)) or b"")
    if method == b"HEAD":
        await _write(stream, conn.send(h11.EndOfMessage()) or b"")
        return
    has_started = False
    with feed.watched() as pieces:
        async for piece in pieces:
            if has_started or piece.starts:
                data = piece.data if has_started else feed.header + piece.data
                has_started = True
                await _write(stream, conn.send(h11.Data(data=data)) or b"")
    raise Dropped  # cut short, as an unplugged camera would


async def _send_mjpeg(stream: trio.SocketStream, feed: Feed, method: bytes) -> None:
    boundary, is_sized = (
        ("frame", True) if feed.camera.format == "mjpeg" else ("--myboundary", False)
    )
    quoted = boundary if is_sized else f'"{boundary}"'
    head = (
        "HTTP/1.0 200 OK\r\nServer: demo-cameras\r\nCache-Control: no-cache\r\n"
        f"Content-Type: multipart/x-mixed-replace; boundary={quoted}\r\n\r\n"
    )
    await _write(stream, head.encode())
    if method == b"HEAD":
        return
    with feed.watched() as pieces:
        async for piece in pieces:
            size = f"Content-Length: {len(piece.data)}\r\n" if is_sized else ""
            part = (
                f"--{boundary}\r\nContent-Type: image/jpeg\r\n{size}\r\n".encode()
                + piece.data
                + b"\r\n"
            )
            await _write(stream, part)


async def _write(stream: trio.SocketStream, data: bytes) -> None:
    with trio.fail_after(SEND_S):
        await stream.send_all(data)
