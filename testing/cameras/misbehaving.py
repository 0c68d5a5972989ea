"""Cameras that do what no camera should: scripts for testing.cameras.scripted."""

import io
import itertools
from collections.abc import Iterator

import numpy as np
import trio
from PIL import Image

from testing.cameras.scripted import Visit
from testing.films import media

PICTURE = media.jpeg()
EVERY_S = 0.2
CHANGES_AFTER_S = 6.0
BOMB = (
    b"\xff\xd8\xff\xc0\x00\x11\x08"
    + (7789).to_bytes(2)
    + (56321).to_bytes(2)
    + b"\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    + b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00"
).ljust(302, b"\x2a") + b"\xff\xd9"
"""304 bytes that claim 56321x7789 pixels."""


async def silent(visit: Visit) -> None:
    """Never answers."""
    del visit
    await trio.sleep_forever()


async def endless_headers(visit: Visit) -> None:
    """Sends headers without end."""
    await visit.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await visit.send(b"X-Header: and another one\r\n" * 50)


async def slow_headers(visit: Visit) -> None:
    """Sends a byte of headers a second."""
    await visit.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        await visit.send(b"x")
        await trio.sleep(1)


async def stops(visit: Visit) -> None:
    """Sends a picture and then nothing."""
    await visit.begin("multipart/x-mixed-replace; boundary=frame")
    await visit.send(b"--frame\r\n\r\n", PICTURE)
    await trio.sleep_forever()


async def trickles(visit: Visit) -> None:
    """Sends one byte a second of a picture that never ends."""
    await visit.begin("multipart/x-mixed-replace; boundary=frame")
    await visit.send(b"--frame\r\n\r\n\xff\xd8")
    while True:
        await visit.send(b"\x00")
        await trio.sleep(1)


async def trickles_from_the_start(visit: Visit) -> None:
    """Sends one byte a second, and so never enough to tell what it is."""
    await visit.begin("video/mp2t")
    while True:
        await visit.send(b"\x47")
        await trio.sleep(1)


async def trickles_of_a_known_length(visit: Visit) -> None:
    """Says how long its picture is, and sends one byte a second of it."""
    await visit.begin("multipart/x-mixed-replace; boundary=frame")
    await visit.send(b"--frame\r\n\r\n", PICTURE, b"\r\n")
    await visit.send(b"--frame\r\nContent-Length: 50000\r\n\r\n\xff\xd8")
    while True:
        await visit.send(b"\x00")
        await trio.sleep(1)


async def web_page(visit: Visit) -> None:
    """Answers with its sign-in page."""
    await visit.answer(b"<!DOCTYPE html><title>Login</title>", "text/html")


async def forgets_its_viewer(visit: Visit) -> None:
    """Gives a picture once, and its sign-in page from then on."""
    if "if-none-match" in visit.request.headers:
        await web_page(visit)
    else:
        await visit.answer(PICTURE, "image/jpeg", ETag='"1"')


async def asks_for_patience(visit: Visit) -> None:
    """Asks for longer than numbers go."""
    await visit.answer(status=503, Retry_After="9" * 5000)


async def redirects_away(visit: Visit) -> None:
    """Sends its clients to another host."""
    await visit.answer(status=302, Location="http://192.0.2.1/video")


async def redirects_in_a_circle(visit: Visit) -> None:
    """Sends its clients around."""
    await visit.answer(status=302, Location="/again")


async def huge_refusal(visit: Visit) -> None:
    """Refuses with a body that does not end."""
    await visit.send(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\n\r\n')
    while True:
        await visit.send(bytes(65536))


async def gibberish(visit: Visit) -> None:
    """Speaks something else."""
    await visit.send(b"220 ftp ready\r\n\r\n")


async def huge_snapshot(visit: Visit) -> None:
    """Claims a picture of a gigabyte and sends it, too."""
    await visit.begin("image/jpeg", Content_Length="1073741824")
    await visit.send(b"\xff\xd8\xff\xe1\xff\xff")
    while True:
        await visit.send(bytes(65536))


async def leaves_in_its_head(visit: Visit) -> None:
    """Drops the connection before its headers are complete."""
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    await visit.stream.aclose()


async def leaves_in_its_body(visit: Visit) -> None:
    """Drops the connection before what it promised."""
    await visit.begin("multipart/x-mixed-replace; boundary=b", Content_Length="1000000")
    await visit.send(b"--b\r\n\r\n", PICTURE)
    await visit.stream.aclose()


async def leaves_in_a_piece(visit: Visit) -> None:
    """Drops the connection in the middle of a piece of a chunked body."""
    await visit.begin("multipart/x-mixed-replace; boundary=b", Transfer_Encoding="chunked")
    await visit.send(b"4000\r\n--b\r\n\r\n", PICTURE)
    await visit.stream.aclose()


async def empty(visit: Visit) -> None:
    """Answers with nothing."""
    await visit.answer()


async def without_boundary(visit: Visit) -> None:
    """Says multipart, and sends neither a boundary nor a picture."""
    await visit.begin("multipart/x-mixed-replace")
    while True:
        await visit.send(b"neither a boundary nor a picture " * 100)
        await trio.sleep(0.01)


async def huge_part(visit: Visit) -> None:
    """Announces a part of a gigabyte, and sends what it can of it."""
    await visit.begin("multipart/x-mixed-replace; boundary=b")
    await visit.send(b"--b\r\nContent-Length: 1073741824\r\n\r\n\xff\xd8")
    while True:
        await visit.send(bytes(65536))
        await trio.sleep(0.05)


async def bombs(visit: Visit) -> None:
    """Sends pictures that are small and claim to be huge."""
    await _film(visit, itertools.repeat(BOMB))


async def still_but_noisy(visit: Visit) -> None:
    """Looks at an empty corridor: nothing moves, but its sensor is a sensor."""
    await _film(visit, itertools.cycle(noisy_pictures(40)))


async def freezes(visit: Visit) -> None:
    """Works for some seconds, and then repeats one picture for ever."""
    fine = itertools.islice(itertools.cycle(noisy_pictures(40)), round(CHANGES_AFTER_S / EVERY_S))
    await _film(visit, itertools.chain(fine, itertools.repeat(noisy_pictures(1)[0])))


async def gets_covered(visit: Visit) -> None:
    """Works for some seconds, until somebody puts a bag over it: dark, with the sensor's noise."""
    fine = itertools.islice(itertools.cycle(noisy_pictures(40)), round(CHANGES_AFTER_S / EVERY_S))
    dark = itertools.cycle(noisy_pictures(10, brightness=0.04))
    await _film(visit, itertools.chain(fine, dark))


async def _film(visit: Visit, pictures: Iterator[bytes]) -> None:
    await visit.begin("multipart/x-mixed-replace; boundary=b")
    for picture in pictures:
        length = str(len(picture)).encode()
        await visit.send(b"--b\r\nContent-Length: " + length + b"\r\n\r\n", picture, b"\r\n")
        await trio.sleep(EVERY_S)


def noisy_pictures(count: int, brightness: float = 1.0) -> list[bytes]:
    """Return pictures of one still place, each with its own noise of the sensor."""
    chance = np.random.default_rng(7)
    place = media.picture(0, 320, 180).astype(np.float32) * brightness
    made = []
    for _ in range(count):
        noisy = place + chance.normal(0, 1.0, (180, 320, 1))
        out = io.BytesIO()
        Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=80)
        made.append(out.getvalue())
    return made
