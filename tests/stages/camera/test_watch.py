"""Cameras of all kinds, and all that goes wrong with them, over real sockets."""

import base64
import hashlib
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
import trio
import trio.testing

from conf.schema import Camera, Timeouts, TrustedCertificate
from media.cut.pieces import Format
from stages.camera.source.client import PARTS_MIN, fingerprint_of
from stages.camera.source.happenings import ChunkReady, Happening, Lost, Noted
from testing.cameras import misbehaving
from testing.cameras.scripted import Script, Visit, serving
from testing.films import media
from tests.stages.camera import watching
from tests.stages.camera.watching import chunks, connected, happenings, losses, noted, of

PICTURE = media.jpeg()


async def mjpeg(visit: Visit) -> None:
    """A camera that sends ten pictures a second for ever."""
    await visit.begin("multipart/x-mixed-replace; boundary=frame")
    while True:
        length = str(len(PICTURE)).encode()
        await visit.send(b"--frame\r\nContent-Length: " + length + b"\r\n\r\n", PICTURE, b"\r\n")
        await trio.sleep(0.1)


def test_mjpeg_becomes_chunks() -> None:
    """Pictures of a multipart stream come as chunks of the configured length (R17, R18, R19)."""
    found = happenings(mjpeg, chunks(3))
    assert connected(found).format is Format.MJPEG
    first, second, _ = (item.chunk.facts for item in of(ChunkReady, found))
    assert (first.camera, first.epoch, first.sequence, second.sequence) == ("gate", 1, 0, 1)
    assert second.pieces == 20
    assert second.captured_s - first.captured_s < 3


@pytest.mark.parametrize("form", ["mpegts", "fmp4", "flv"])
def test_video_streams_become_chunks(form: str) -> None:
    """Each wrapping of video is recognised by what is sent and cut at keyframes (R19)."""
    stream = media.stream(form, frames=150)

    async def script(visit: Visit) -> None:
        await visit.begin("application/octet-stream")
        await visit.send(stream)
        await visit.stream.aclose()

    found = happenings(script, losses(1))
    assert connected(found).format is Format(form)
    made = [item.chunk for item in of(ChunkReady, found)]
    counts = [media.decodable_frames(b"".join(chunk.parts), form) for chunk in made]
    assert counts == [50, 50, 50]
    assert of(Lost, found)[0].fault.name == "ended"


def _in_chunks(content: bytes, size: int) -> bytes:
    parts = (content[at : at + size] for at in range(0, len(content), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)


@pytest.mark.parametrize(("size", "fault"), [(1, "tiny_pieces"), (200, "ended")])
def test_a_camera_that_sends_single_bytes_is_let_go(size: int, fault: str) -> None:
    """Each piece costs what thousands of bytes do, and who shares the process pays for it."""

    async def script(visit: Visit) -> None:
        await visit.begin("multipart/x-mixed-replace; boundary=b", Transfer_Encoding="chunked")
        head = b"--b\r\nContent-Length: %d\r\n\r\n" % len(PICTURE)
        pictures = (head + PICTURE + b"\r\n") * (2 * PARTS_MIN // len(PICTURE) + 2)
        await visit.send(_in_chunks(pictures, size), b"0\r\n\r\n")
        await visit.stream.aclose()

    assert of(Lost, happenings(script, losses(1)))[0].fault.name == fault


def test_snapshots_are_polled_with_conditions() -> None:
    """A picture that did not change is asked for and not sent again."""
    asked: list[str] = []

    async def script(visit: Visit) -> None:
        asked.append(visit.request.headers.get("if-none-match", ""))
        tag = f'"{len(asked) // 3}"'
        if asked[-1] == tag:
            await visit.answer(status=304)
        else:
            await visit.answer(PICTURE, "image/jpeg", ETag=tag)

    found = happenings(script, chunks(3))
    assert connected(found).format is Format.JPEG
    assert asked[:4] == ["", '"0"', '"0"', '"1"']
    assert "not_modified" in noted(found)


def test_a_picture_that_never_changes_is_seen_all_the_same() -> None:
    """One snapshot and nothing but 304 after it: the camera shows that picture, again and again."""

    async def script(visit: Visit) -> None:
        if "if-modified-since" in visit.request.headers:
            await visit.answer(status=304)
        else:
            date = "Sun, 06 Nov 1994 08:49:37 GMT"
            await visit.answer(PICTURE, "image/jpeg", Last_Modified=date)

    found = happenings(script, chunks(3))
    made = [item.chunk for item in of(ChunkReady, found)]
    assert {part for chunk in made for part in chunk.parts} == {PICTURE}
    assert made[2].facts.captured_s > made[0].facts.captured_s
    assert {item.finding.sentence for item in of(Noted, found)} == {""}, "nobody has to act"


class Playlist:
    """A camera that serves HLS: a window of three segments that moves on with each reading."""

    def __init__(self, *, lost: int = -1, restart_at: int = 1000) -> None:
        self.segment = media.stream("mpegts")
        self.readings = 0
        self.lost = lost
        self.restart_at = restart_at

    async def __call__(self, visit: Visit) -> None:
        """Answer with a playlist or a segment."""
        if visit.request.path == "/live.m3u8":
            await visit.answer(self._playlist().encode(), "application/vnd.apple.mpegurl")
        elif visit.request.path == f"/{self.lost}.ts":
            await visit.answer(status=404)
        else:
            await visit.answer(self.segment, "video/mp2t")

    def _playlist(self) -> str:
        self.readings += 1
        first = (
            self.readings if self.readings < self.restart_at else self.readings - self.restart_at
        )
        names = "".join(f"#EXTINF:2.0,\n{max(0, first) + n}.ts\n" for n in range(3))
        return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{max(0, first)}\n{names}"


def test_hls_is_played() -> None:
    """Segments of a live list become chunks, each once."""
    camera = Playlist()
    found = happenings(camera, chunks(6), path="/live.m3u8")
    assert connected(found).format is Format.HLS
    assert camera.readings <= 6
    assert noted(found) == []


def test_hls_starts_afresh_where_a_segment_is_missing() -> None:
    """A list that names what is gone does not stop the camera, and it is counted."""
    found = happenings(Playlist(lost=5), chunks(6), path="/live.m3u8")
    assert noted(found) == ["hls_segments_missed"]
    assert of(Lost, found) == []


def test_hls_stays_as_safe_as_its_list(certificate: Path) -> None:
    """A list that came over HTTPS cannot have the password sent in the open."""

    async def script(visit: Visit) -> None:
        host = visit.request.headers["host"]
        words = f"#EXTM3U\n#EXTINF:2,\nhttp://{host}/a.ts"
        await visit.answer(words.encode(), "application/vnd.apple.mpegurl")

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def run() -> list[Happening]:
        async with serving(script, context) as url:
            trust = TrustedCertificate(pem=str(certificate.with_name("camera.crt")))
            camera = Camera("gate", url + "/live.m3u8", trust=trust)
            return await watching.collect(camera, losses(1))

    (lost,) = of(Lost, trio.run(run))
    assert lost.fault.name == "hls_elsewhere"


def test_hls_that_counts_anew_goes_on() -> None:
    """A restarted server is followed."""
    found = happenings(Playlist(restart_at=4), chunks(8), path="/live.m3u8")
    assert of(Lost, found) == []


@pytest.mark.parametrize(
    ("script", "name", "kind"),
    [
        (misbehaving.silent, "answer_timeout", "passing"),
        (misbehaving.endless_headers, "protocol_error", "passing"),
        (misbehaving.slow_headers, "answer_timeout", "passing"),
        (misbehaving.stops, "silence", "passing"),
        (misbehaving.trickles, "trickle", "passing"),
        (misbehaving.trickles_from_the_start, "trickle", "passing"),
        (misbehaving.forgets_its_viewer, "web_page", "address"),
        (misbehaving.asks_for_patience, "busy", "busy"),
        (misbehaving.trickles_of_a_known_length, "trickle", "passing"),
        (misbehaving.web_page, "web_page", "address"),
        (misbehaving.redirects_away, "redirect_elsewhere", "address"),
        (misbehaving.redirects_in_a_circle, "redirect_loop", "address"),
        (misbehaving.huge_refusal, "credentials_missing", "credentials"),
        (misbehaving.gibberish, "protocol_error", "passing"),
        (misbehaving.huge_snapshot, "answer_too_large", "address"),
        (misbehaving.empty, "empty_answer", "busy"),
        (misbehaving.leaves_in_its_head, "connection_lost", "passing"),
        (misbehaving.leaves_in_its_body, "connection_lost", "passing"),
        (misbehaving.leaves_in_a_piece, "connection_lost", "passing"),
    ],
)
def test_every_fault_has_a_name_and_is_tried_again(script: Script, name: str, kind: str) -> None:
    """Whatever a camera does ends in time, has a name and a sentence, and is tried again (R20)."""
    found = happenings(script, losses(2))
    for lost in of(Lost, found):
        assert (lost.fault.name, lost.fault.kind) == (name, kind)
        assert lost.fault.sentence.endswith(".")
    assert [lost.epoch for lost in of(Lost, found)] == [1, 2]


def test_nobody_there_is_a_fault_too() -> None:
    """A port where nothing listens."""

    async def run() -> list[Happening]:
        camera = Camera("gate", "http://127.0.0.1:9/video")
        return await watching.collect(camera, losses(3))

    found = trio.run(run, clock=trio.testing.MockClock(autojump_threshold=0.05))
    assert {lost.fault.name for lost in of(Lost, found)} == {"connection_refused"}


@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
def test_statuses_are_told_apart(status: int) -> None:
    """Wrong credentials are not tried every second, an error of the camera is."""

    async def script(visit: Visit) -> None:
        await visit.answer(status=status)

    (lost,) = of(Lost, happenings(script, losses(1)))
    assert str(status) in lost.fault.sentence
    least_s = {401: 30.0, 403: 30.0, 404: 4.0, 500: 0.0, 503: 2.0}[status]
    assert lost.retry_s >= least_s
    assert (status == 500) == (lost.retry_s <= 0.5)


PASSWORD = "corr3ct-horse"  # noqa: S105 - a test's own


def basic(visit: Visit) -> bool:
    """Whether a request has the right basic credentials."""
    expected = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
    return visit.request.headers.get("authorization") == f"Basic {expected}"


def digest(visit: Visit) -> bool:
    """Whether a request has the right digest credentials (RFC 2617, MD5 without qop)."""
    text = visit.request.headers.get("authorization", "")
    if not text.startswith("Digest"):
        return False
    fields = dict(part.strip().split("=", 1) for part in text[7:].split(","))
    values = {name: value.strip('"') for name, value in fields.items()}

    def md5(words: str) -> str:
        return hashlib.md5(words.encode()).hexdigest()  # noqa: S324 - what cameras speak

    user, request = md5(f"admin:cam:{PASSWORD}"), md5(f"GET:{visit.request.path}")
    return values["response"] == md5(f"{user}:{values['nonce']}:{request}")


@pytest.mark.parametrize(
    ("check", "challenge", "scheme"),
    [
        (basic, 'Basic realm="cam"', "basic"),
        (digest, 'Digest realm="cam", nonce="abc", algorithm=MD5', "digest"),
    ],
)
def test_the_camera_chooses_how_it_is_told_the_password(
    check: object, challenge: str, scheme: str
) -> None:
    """Basic and digest, from the URL, and wrong ones are a fault without the password in it."""

    async def script(visit: Visit) -> None:
        if check(visit):  # type: ignore[operator]  # one of the two functions above
            await mjpeg(visit)
        else:
            await visit.answer(status=401, WWW_Authenticate=challenge)

    async def run(password: str) -> list[Happening]:
        async with serving(script) as url:
            address = url.replace("//", f"//admin:{password}@") + "/video"
            return await watching.collect(Camera("gate", address), lambda found: len(found) >= 2)

    clock = trio.testing.MockClock(autojump_threshold=0.05)
    assert connected(trio.run(run, PASSWORD, clock=clock)).authentication == scheme
    (lost,) = of(Lost, trio.run(run, "wr0ng-horse"))
    assert lost.fault.name == "credentials_refused"
    assert "horse" not in repr(lost)


def asking(*challenges: str) -> Script:
    """Return a camera that asks for a password in these ways, and takes any answer."""

    async def script(visit: Visit) -> None:
        if "authorization" in visit.request.headers:
            await mjpeg(visit)
            return
        lines = "".join(f"WWW-Authenticate: {challenge}\r\n" for challenge in challenges)
        await visit.send(f"HTTP/1.1 401 No\r\n{lines}Content-Length: 0\r\n\r\n".encode())

    return script


WEAK = 'Digest realm="cam", nonce="abc", algorithm=MD5, qop="auth"'
STRONG = 'Digest realm="cam", nonce="abc", algorithm=SHA-256, qop="auth"'
UNKNOWN = 'Digest realm="cam", nonce="abc", algorithm=SHA-512-256, qop="auth"'


@pytest.mark.parametrize(
    ("challenges", "scheme"),
    [
        ((STRONG, WEAK), "digest"),
        ((UNKNOWN, WEAK), "digest"),
        ((UNKNOWN, 'Basic realm="cam"'), "basic"),
        ((f'Basic realm="cam", {WEAK}',), "digest"),
        (('Basic realm="a digest of cameras"',), "basic"),
        ((WEAK + ", stale",), "digest"),
    ],
)
def test_the_best_way_that_can_be_answered_is_taken(
    challenges: tuple[str, ...], scheme: str
) -> None:
    """Several ways in one line or in many, some of them unknown here."""
    found = happenings(
        asking(*challenges), lambda found: len(found) >= 2, user="admin", password=PASSWORD
    )
    assert connected(found).authentication == scheme


@pytest.mark.parametrize("challenge", [UNKNOWN, WEAK.replace("auth", "auth-int"), "Digest"])
def test_a_way_that_nobody_here_knows_is_said_so(challenge: str) -> None:
    """It is the camera's setting that has to change, not the password."""
    found = happenings(asking(challenge), losses(1), user="admin", password=PASSWORD)
    assert of(Lost, found)[0].fault.name == "authentication_unknown"


def test_a_stale_nonce_is_replaced_on_the_way() -> None:
    """A camera that wants a new number for every few pictures is followed without a loss."""
    nonces: dict[str, int] = {}

    async def script(visit: Visit) -> None:
        text = visit.request.headers.get("authorization", "")
        nonce = text.partition('nonce="')[2].partition('"')[0]
        nonces[nonce] = nonces.get(nonce, 0) + 1
        if nonce and nonces[nonce] <= 2:
            await visit.answer(PICTURE, "image/jpeg")
            return
        fresh = f'Digest realm="cam", nonce="n{len(nonces)}", algorithm=SHA-256, qop="auth"'
        await visit.answer(status=401, WWW_Authenticate=f"{fresh}, stale=true")

    found = happenings(script, chunks(4), user="admin", password=PASSWORD)
    assert not of(Lost, found)
    assert len(nonces) > 3


def test_headers_and_redirects_on_the_same_host() -> None:
    """Configured headers are sent, and a redirect within the camera is followed."""
    seen: list[str] = []

    async def script(visit: Visit) -> None:
        seen.append(visit.request.headers.get("x-api-key", ""))
        if visit.request.path == "/":
            await visit.answer(status=307, Location="/video")
        else:
            await mjpeg(visit)

    happenings(script, chunks(1), headers={"X-Api-Key": "k3y-for-it"})
    assert seen == ["k3y-for-it"] * 2


@pytest.mark.parametrize("kind", ["redirect", "playlist"])
def test_another_port_of_the_same_host_hears_nothing(kind: str) -> None:
    """A camera on this machine, or behind its address, is no way to what else listens there."""
    visits: list[str] = []

    async def neighbour(visit: Visit) -> None:
        visits.append(visit.request.path)
        await visit.answer()

    async def run() -> list[Happening]:
        async with serving(neighbour) as elsewhere:

            async def script(visit: Visit) -> None:
                if kind == "redirect":
                    await visit.answer(status=302, Location=f"{elsewhere}/api/v1/cameras")
                else:
                    words = f"#EXTM3U\n#EXTINF:2,\n{elsewhere}/a.ts\n"
                    await visit.answer(words.encode(), "application/vnd.apple.mpegurl")

            async with serving(script) as url:
                camera = Camera("gate", url + "/live.m3u8", user="u", password=PASSWORD)
                found = await watching.collect(camera, losses(1))
            (lost,) = of(Lost, found)
            assert elsewhere in lost.fault.sentence
            return found

    (lost,) = of(Lost, trio.run(run))
    assert visits == []
    assert lost.fault.name == {"redirect": "redirect_elsewhere", "playlist": "hls_elsewhere"}[kind]


def test_what_is_configured_wins_over_what_is_sent() -> None:
    """A format set by the operator is not second-guessed."""

    async def script(visit: Visit) -> None:
        await visit.begin("text/html")
        await visit.send(PICTURE * 30)
        await visit.stream.aclose()

    found = happenings(script, losses(1), format=Format.MJPEG.value)
    assert connected(found).format is Format.MJPEG
    assert noted(found)[0] == "boundary_missing"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a key and a certificate that nobody signed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    path = tmp_path_factory.mktemp("tls") / "camera.pem"
    subject = ("-subj", "/CN=camera")
    command = (openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject)
    key, cert = path.with_suffix(".key"), path.with_suffix(".crt")
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    path.write_text(key.read_text() + cert.read_text())
    cert.rename(path.with_name("camera.crt"))
    return path


@pytest.mark.parametrize("how", ["untrusted", "pem", "fingerprint", "another"])
def test_a_certificate_is_trusted_only_explicitly(certificate: Path, how: str) -> None:
    """A certificate that nobody signed is refused, unless it is exactly the one that is named."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    pem = certificate.with_name("camera.crt")
    fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.read_text())).hexdigest()
    trust = {
        "untrusted": None,
        "pem": TrustedCertificate(pem=str(pem)),
        "fingerprint": TrustedCertificate(fingerprint=fingerprint.upper()),
        "another": TrustedCertificate(fingerprint="00" * 32),
    }[how]
    requests = []

    async def script(visit: Visit) -> None:
        requests.append(visit.request)
        await mjpeg(visit)

    async def run() -> list[Happening]:
        async with serving(script, context) as url:
            camera = Camera("gate", url, trust=trust)
            return await watching.collect(camera, lambda found: len(found) >= 2)

    found = trio.run(run)
    if how in ("pem", "fingerprint"):
        assert connected(found).format is Format.MJPEG
    else:
        assert of(Lost, found)[0].fault.name == "certificate"
        assert requests == []


@pytest.mark.parametrize(
    "content", [None, b"\xff\xd8", b"no certificate", b"-----BEGIN CERTIFICATE"]
)
def test_a_certificate_that_can_not_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    """It is the file that the operator has to look at."""
    path = tmp_path / "camera.pem"
    if content is not None:
        path.write_bytes(content)
    found = happenings(mjpeg, losses(1), trust=TrustedCertificate(pem=str(path)))
    assert of(Lost, found)[0].fault.name == "trust_unreadable"
    assert str(path) in of(Lost, found)[0].fault.sentence


def test_a_certificate_is_found_among_other_words(certificate: Path) -> None:
    """As openssl prints it, or with the camera's key or its chain beside it."""
    pem = certificate.with_name("camera.crt").read_text()
    assert fingerprint_of(f"subject=CN = camera\n{pem}\n{pem}") == fingerprint_of(pem)


def test_a_camera_that_is_away_for_an_hour_is_tried_sparingly_and_for_ever() -> None:
    """An hour of invented time costs few tries and comes back at once (R20)."""
    began: list[float] = []

    async def script(visit: Visit) -> None:
        began.append(trio.current_time())
        if trio.current_time() - began[0] < 3600:
            await visit.stream.aclose()
        else:
            await mjpeg(visit)

    found = happenings(script, chunks(1), timeouts=Timeouts(answer_s=1.0))
    assert 60 < len(of(Lost, found)) < 250
    waits = [lost.retry_s for lost in of(Lost, found)]
    assert max(waits) <= 60
    assert max(waits[:10]) <= 2
