"""Cameras that do what no camera should, and files that are no video, through the running stages.

One run has them all: none of them may end a handler, fill the quarantine, or keep the good camera
among them from being seen; each is told in a sentence, or counted under a name.
"""

import ssl
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

import attrs
import pytest
import trio

from testing import data
from testing.cameras import misbehaving
from testing.cameras.scripted import Script, Visit, serving
from testing.needs import needs_data
from testing.ports import free_port
from testing.running.rig import Rig
from tests.end_to_end import watching
from tests.end_to_end.watching import Views
from tests.end_to_end.world_of_cameras import certified

pytestmark = pytest.mark.slow
MARK = "l3ak"
"""Begins every password of these cameras."""
PIPELINE = "testing.running.bench_pipelines:CAMERAS"
HASTE = "timeouts = { connect_s = 3, answer_s = 3, silence_s = 3, piece_s = 6 }\n"
SENTENCES: dict[str, tuple[Script, str]] = {
    "silent": (misbehaving.silent, "No answer within 3 s"),
    "endless-headers": (misbehaving.endless_headers, "does not speak HTTP properly"),
    "slow-headers": (misbehaving.slow_headers, "No answer within 3 s"),
    "stops": (misbehaving.stops, "sent nothing for 3 s"),
    "trickles": (misbehaving.trickles, "no whole picture in 6 s"),
    "web-page": (misbehaving.web_page, "web page instead of video"),
    "elsewhere": (misbehaving.redirects_away, "redirects to http://192.0.2.1"),
    "circle": (misbehaving.redirects_in_a_circle, "redirects in a circle"),
    "huge-refusal": (misbehaving.huge_refusal, "asks for a user and a password"),
    "gibberish": (misbehaving.gibberish, "does not speak HTTP properly"),
    "huge-snapshot": (misbehaving.huge_snapshot, "larger than 8 MB"),
    "leaves-in-its-head": (misbehaving.leaves_in_its_head, "ended the connection"),
    "leaves-in-its-body": (misbehaving.leaves_in_its_body, "ended the connection"),
    "leaves-in-a-piece": (misbehaving.leaves_in_a_piece, "ended the connection"),
    "empty": (misbehaving.empty, "answer is empty"),
    "without-boundary": (misbehaving.without_boundary, "neither a boundary nor a picture"),
    "huge-part": (misbehaving.huge_part, "part of more than 8 MB"),
    "bombs": (misbehaving.bombs, "claims 56321x7789 pixels"),
    "no-tls": (misbehaving.web_page, "No secure connection"),
    "untrusted": (misbehaving.web_page, "certificate is not trusted"),
}
"""What each does, and what an operator reads about it, as the last error, a remark, or the why."""
STATES: dict[str, tuple[Script, str]] = {
    "noisy": (misbehaving.still_but_noisy, "live"),
    "freezes": (misbehaving.freezes, "frozen"),
    "covered": (misbehaving.gets_covered, "dark"),
}
FOLDERS = ("malformed/jpeg", "malformed/video", "malformed/rtsp", "malformed/http", "video")
EACH = 40
"""One file in so many of the data is sent, whole and cut."""
BYTES_MAX = 1024 * 1024
SHARES = (1.0, 0.4)


@attrs.frozen
class Story:
    """What was seen in the end, and what was said."""

    views: Views
    outputs: dict[str, str]
    files: tuple[str, ...]


@cache
def files() -> list[Path]:
    """Return the files of the data."""
    return data.files(*FOLDERS)


async def file(visit: Visit) -> None:
    """Send a file of the data, up to where the address says."""
    _, _, number, share = visit.request.path.split("/")
    content = files()[int(number)].read_bytes()[:BYTES_MAX]
    await visit.begin("application/octet-stream")
    await visit.send(content[: int(len(content) * float(share))])
    await visit.stream.aclose()


SCRIPTS = {name: script for name, (script, _) in (SENTENCES | STATES).items()} | {
    "file": file,
    "again": misbehaving.redirects_in_a_circle,
}


async def play(visit: Visit) -> None:
    """Be the camera that the path names."""
    await SCRIPTS[visit.request.path.split("/")[1].partition("?")[0]](visit)


async def refuse(stream: trio.abc.Stream) -> None:
    """Be a web server that is spoken to in TLS and does not speak it."""
    async with stream:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


def tables(url: str, secure: str, plain: str) -> dict[str, str]:
    """Return the cameras of the configuration, by name."""
    named = {name: f"{url}/{name}" for name in SENTENCES | STATES}
    named |= {"no-tls": plain, "untrusted": secure}
    host = url.removeprefix("http://")
    named["in-its-url"] = f"http://admin:{MARK}-one@{host}/web-page?user=me&pwd={MARK}-two"
    named["in-its-url-rtsp"] = f"rtsp://admin:{MARK}-three@127.0.0.1:{free_port()}/live"
    cut = range(0, len(files()), EACH)
    named |= {f"file {at} {share}": f"{url}/file/{at}/{share}" for at in cut for share in SHARES}
    return {
        name: f'[[camera]]\nname = "{name}"\nurl = "{quote(address, safe=":/?=&@")}"\n{HASTE}'
        for name, address in named.items()
    }


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Run seda on all of them until all is said that has to be."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certified(tmp_path_factory.mktemp("certificate")))

    async def run() -> Story:
        async with (
            serving(play) as url,
            serving(play, context) as secure,
            trio.open_nursery() as nursery,
        ):
            serve = partial(trio.serve_tcp, host="127.0.0.1")
            (listener,) = await nursery.start(serve, refuse, 0)
            plain = f"https://127.0.0.1:{listener.socket.getsockname()[1]}"
            cameras = tables(url, secure, plain)
            found = await trio.to_thread.run_sync(partial(watch, cameras))
            nursery.cancel_scope.cancel()
        return found

    return trio.run(run)


def watch(cameras: dict[str, str]) -> Story:
    """Run seda on these cameras."""
    with Rig(PIPELINE, "".join(cameras.values()), log_level="debug") as rig:
        views = watching.wait_for_cameras(rig, is_all_said, "every camera to be judged")
        outputs = watching.outputs(rig)
    return Story(views, outputs, tuple(it for it in cameras if it.startswith("file")))


def said(views: Views, name: str) -> str:
    """Return everything that an operator may read about a camera."""
    view = views.get(name, {})
    remarks = " ".join(view.get("remarks", {}).values())
    return f"{view.get('why', '')} {view.get('last_error', '')} {remarks}"


def is_all_said(views: Views) -> bool:
    """Say whether every camera has come to where it has to come."""
    has_words = all(words in said(views, name) for name, (_, words) in SENTENCES.items())
    has_states = all(views.get(it, {}).get("state") == state for it, (_, state) in STATES.items())
    files = [view for name, view in views.items() if name.startswith("file")]
    return has_words and has_states and all(it["tries"] > 1 or it["frames"] for it in files)


@pytest.mark.parametrize("name", SENTENCES)
def test_each_is_told_in_a_sentence(story: Story, name: str) -> None:
    """An operator reads what is wrong, and it is tried again."""
    assert SENTENCES[name][1] in said(story.views, name)
    assert story.views[name]["state"] != "live"


@pytest.mark.parametrize("name", STATES)
def test_what_is_shown_decides_the_state(story: Story, name: str) -> None:
    """Still but noisy is live, the same picture for ever is frozen, a covered lens is dark."""
    assert story.views[name]["state"] == STATES[name][1], story.views[name]


def test_no_camera_ends_a_handler_or_fills_the_quarantine(story: Story) -> None:
    """Nobody is restarted because of what a camera sends, and nothing is put aside (R2, R24)."""
    metrics = story.outputs["/metrics"].splitlines()
    assert any(it.startswith("seda_stage_handlers{") for it in metrics)
    restarts = [it for it in metrics if it.startswith("seda_handler_restarts_total{")]
    assert not [it for it in restarts if not it.endswith(" 0.0") and '"idle"' not in it]
    assert not [place for place in story.outputs if "quarantine" in place]


@needs_data
def test_every_file_has_an_outcome_with_a_name(story: Story) -> None:
    """Each file of the sample gives pictures, or a remark, or an error in words (R21)."""
    assert len(story.files) >= len(SHARES)
    for name in story.files:
        outcome = said(story.views, name).strip() or story.views[name]["frames"]
        assert outcome, story.views[name]


def test_no_password_is_said_to_anybody(story: Story) -> None:
    """Neither one of an address nor one of its query stands in a log, a metric or a file."""
    leaks = {place for place, words in story.outputs.items() if MARK in words}
    assert leaks == set()
    assert "***" in story.outputs["log"] or "in-its-url" in story.outputs["log"]
