"""Uploads are decoded apart: a deadline each, and none waits for another."""

import io
import sys

import numpy as np
import pytest
import trio
import trio.testing
from PIL import Image

from anomaly.seeing.pictures import shrink_picture
from seda.requests import Ask
from stages.alarm.dispatch import explain
from stages.alarm.replies import Busy, Invalid
from stages.alarm.requests import Request
from stages.alarm.uploads.decoding import AT_ONCE, PROGRAM, Decoders
from testing.films import media
from tests.stages.alarm.serving import CLIENT

HANG = "import signal; signal.pause()"
HANG_IF_ASKED = f"""
import os, runpy
if os.pread(0, 4, 0) == b"hang":
    {HANG}
runpy.run_module("{PROGRAM[-1]}", run_name="__main__")
"""


def running(code: str) -> tuple[str, ...]:
    """Return the program that runs this."""
    return (sys.executable, "-P", "-c", code)


async def test_the_detectors_picture_comes_back() -> None:
    """The same as if it were decoded here."""
    picture = media.jpeg(3, 640, 480)
    decoded = await Decoders().decode(picture)
    np.testing.assert_array_equal(decoded.small, shrink_picture(picture))
    assert decoded.neighbours == ()


async def test_neighbours_come_back_as_pictures_of_their_own() -> None:
    """As many as were asked for; the same scene, and no two of them the same bytes."""
    picture = media.jpeg(3, 640, 480)
    decoded = await Decoders().decode(picture, 12)
    assert len({picture, *decoded.neighbours}) == 13
    then = np.asarray(Image.open(io.BytesIO(picture)).convert("L"), np.float32)
    for neighbour in decoded.neighbours:
        image = Image.open(io.BytesIO(neighbour))
        assert image.size == (640, 480)
        assert abs(len(neighbour) / len(picture) - 1) < 0.6
        difference = np.abs(np.asarray(image.convert("L"), np.float32) - then)
        assert 0.1 < difference.mean() < 4


async def test_what_can_not_be_decoded_is_told_in_words() -> None:
    """The decoder's own words come through."""
    with pytest.raises(Invalid, match="no readable header"):
        await Decoders().decode(b"no picture")


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "print('small 9 9')", "print('x' * 999)"])
async def test_a_decoder_that_ends_or_talks_nonsense_is_told(code: str) -> None:
    """Whatever it says, there is an answer."""
    with pytest.raises(Invalid, match="its decoder ended with"):
        await Decoders(running(code)).decode(media.jpeg())


async def test_a_decoder_that_hangs_is_ended_at_its_deadline(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Whoever uploaded is told, and the process is gone (R24)."""
    with pytest.raises(Invalid, match="longer than 10 s"):
        await Decoders(running(HANG)).decode(media.jpeg())
    assert autojump_clock.current_time() == pytest.approx(10.0)


async def test_an_upload_that_hangs_keeps_no_other_waiting() -> None:
    """They are decoded side by side; before, one waited for the other (R24)."""
    decoders = Decoders(running(HANG_IF_ASKED), deadline_s=1e6)
    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE - 1):
            nursery.start_soon(decoders.decode, b"hang")
        await trio.testing.wait_all_tasks_blocked()
        assert (await decoders.decode(media.jpeg())).small.size
        nursery.cancel_scope.cancel()


async def test_whoever_finds_no_place_is_asked_to_come_again(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """So many decode at once, and nobody waits for longer than a deadline."""
    del autojump_clock
    decoders = Decoders(running(HANG))
    told: list[type[Exception]] = []

    async def upload() -> None:
        try:
            await decoders.decode(media.jpeg())
        except (Busy, Invalid) as error:
            told.append(type(error))

    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE + 2):
            nursery.start_soon(upload)
    assert sorted(it.__name__ for it in told) == ["Busy"] * 2 + ["Invalid"] * AT_ONCE


def test_busy_is_answered_with_when_to_come_again() -> None:
    """A program knows it by its status."""
    reply = explain(Request(Ask(CLIENT, None, "upload_test_frame"), b""), Busy("try again"))
    assert (reply.status, dict(reply.headers)) == (503, {"Retry-After": "5"})
