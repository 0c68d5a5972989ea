"""Chunks in, frames out."""

import io
import itertools
from fractions import Fraction
from itertools import pairwise

import attrs
import av
import numpy as np
import pytest
from PIL import Image

from media.cut.pieces import Format
from media.frames.batch import Batch
from media.frames.finish import shown_size
from media.frames.plan import Limits, Plan
from stages.transcoder.transcode import transcode
from testing.films import media
from tests.stages.transcoder import chunks

FULL = Plan(rate_per_s=1000.0)


def run(form: str, stream: bytes, plan: Plan = FULL) -> list[Batch]:
    return [
        transcode(chunk.facts, b"".join(chunk.parts), plan)
        for chunk in chunks.of_stream(form, stream)
    ]


def pixels(jpeg: bytes | memoryview, mode: str = "RGB") -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert(mode)).astype(int)


@pytest.mark.parametrize(
    ("form", "codec"),
    [
        ("mpegts", "libx264"),
        ("mpegts", "libx265"),
        ("mpegts", "mpeg4"),
        ("fmp4", "libx264"),
        ("fmp4", "libx265"),
        ("flv", "libx264"),
    ],
)
def test_every_frame_comes_out_and_shows_what_was_filmed(form: str, codec: str) -> None:
    """All formats and codecs decode, in true colours and in time (R21)."""
    batches = run(form, media.stream(form, codec=codec, frames=100))
    assert [len(batch.frames) for batch in batches] == [50, 50]
    for number, frame in enumerate(batches[1].frames):
        assert (frame.width_px, frame.height_px) == (160, 96)
        expected = media.picture(50 + number).astype(int)
        assert np.abs(pixels(frame.jpeg) - expected).mean() < 12
    times = [frame.captured_s for batch in batches for frame in batch.frames]
    assert np.allclose(np.diff(times), 0.04, atol=0.002)
    assert times[0] == chunks.BEGIN_S


def test_b_frames_come_out_in_the_order_of_time() -> None:
    """Reordered video has all frames, strictly later one after the other."""
    stream = media.stream("mpegts", options={"bf": "3", "preset": "fast"}, frames=75)
    frames = [frame for batch in run("mpegts", stream) for frame in batch.frames]
    assert len(frames) == 75
    steps = [after.captured_s - before.captured_s for before, after in pairwise(frames[:50])]
    assert np.allclose(steps, 0.04, atol=0.002)


def test_only_keyframes_are_decoded_where_they_suffice() -> None:
    """A plan of one frame a second takes the keyframes of a second apart, no others."""
    (batch,) = run("mpegts", media.stream("mpegts"), Plan(rate_per_s=1.0))
    assert [frame.captured_s - chunks.BEGIN_S for frame in batch.frames] == [0.0, 1.0]
    assert batch.counts == {"frames": 2, "not_planned": 48}


def test_the_rate_is_kept_where_keyframes_are_too_few() -> None:
    """Five frames a second out of 25, evenly."""
    (batch,) = run("mpegts", media.stream("mpegts"), Plan(rate_per_s=5.0))
    times = [frame.captured_s - chunks.BEGIN_S for frame in batch.frames]
    assert np.allclose(times, np.arange(10) * 0.2, atol=0.05)


def test_the_small_picture_is_the_shown_one_in_grey() -> None:
    """What the detector sees is the mean of what people see."""
    stream = media.stream("mpegts", frames=5, size=(640, 360))
    (batch,) = run("mpegts", stream, Plan(small_width_px=320))
    small = batch.frames[0].small
    assert small is not None
    assert (small.width_px, small.height_px) == (320, 180)
    grey = np.frombuffer(small.grey, np.uint8).reshape(180, 320).astype(int)
    shown = pixels(batch.frames[0].jpeg, "L").reshape(180, 2, 320, 2).mean(axis=(1, 3))
    assert np.abs(grey - shown).mean() < 2


def test_wide_video_is_made_smaller() -> None:
    """The plan's greatest width is kept, the aspect too."""
    stream = media.stream("mpegts", frames=3, size=(640, 360))
    (batch,) = run("mpegts", stream, Plan(width_max_px=320))
    assert pixels(batch.frames[0].jpeg).shape == (180, 320, 3)


def test_sample_aspect_is_respected() -> None:
    """Anamorphic video (PAL: 12:11) is shown with square pixels."""
    stream = media.stream("mpegts", frames=3, size=(176, 144), options={"aspect": "4:3"})
    (batch,) = run("mpegts", _with_aspect(stream))
    assert (batch.frames[0].width_px, batch.frames[0].height_px) == (192, 144)
    assert shown_size(704, 576, 12 / 11, 1920).width_px == 768
    assert shown_size(1440, 1080, 4 / 3, 1280).height_px == 720


def _with_aspect(stream: bytes) -> bytes:
    """Encode again with a sample aspect ratio in the stream's own parameters."""
    out = io.BytesIO()
    with av.open(io.BytesIO(stream), mode="r") as given, av.open(out, "w", format="mpegts") as made:
        video = made.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 176, 144, "yuv420p"
        video.codec_context.sample_aspect_ratio = Fraction(12, 11)
        for number, frame in enumerate(given.decode(video=0)):
            fresh = av.VideoFrame.from_ndarray(frame.to_ndarray(format="rgb24"), format="rgb24")
            fresh.pts, fresh.time_base = number, Fraction(1, 25)
            made.mux(video.encode(fresh))
        made.mux(video.encode(None))
    return out.getvalue()


@pytest.mark.parametrize("degrees", [90, 180, -90])
def test_rotation_is_respected(degrees: int) -> None:
    """A camera that says it hangs on its side is shown upright, as players show it."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4", options=media.FORMATS["fmp4"]) as made:
        video = made.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        video.set_display_rotation(degrees)
        frame = av.VideoFrame.from_ndarray(media.picture(3), format="rgb24")
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        made.mux(video.encode(frame))
        made.mux(video.encode(None))
    (batch,) = run("fmp4", out.getvalue())
    expected = np.rot90(media.picture(3), degrees // 90).astype(int)
    assert np.abs(pixels(batch.frames[0].jpeg) - expected).mean() < 12


def test_interlaced_video_shows_no_combs() -> None:
    """Of two fields that differ, one is shown, at full height."""
    stream = media.stream("mpegts", frames=4, size=(160, 96), options={"flags": "+ildct+ilme"})
    (batch,) = run("mpegts", stream)
    shown = pixels(batch.frames[2].jpeg, "L")
    assert shown.shape == (96, 160)
    assert np.abs(shown - pixels(_jpeg_of(media.picture(2)), "L")).mean() < 8


def _jpeg_of(rgb: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=95)
    return out.getvalue()


def test_variable_frame_rate_keeps_its_times() -> None:
    """Frames at odd times keep them."""
    out = io.BytesIO()
    ticks = [0, 4, 5, 30, 31, 60, 99]
    with av.open(out, "w", format="mpegts") as made:
        video = made.add_stream("libx264", rate=100, options={"bf": "0", "tune": "zerolatency"})
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        video.codec_context.time_base = Fraction(1, 100)
        for tick in ticks:
            frame = av.VideoFrame.from_ndarray(media.picture(tick), format="rgb24")
            frame.pts, frame.time_base = tick, Fraction(1, 100)
            made.mux(video.encode(frame))
        made.mux(video.encode(None))
    (batch,) = run("mpegts", out.getvalue())
    times = [frame.captured_s - chunks.BEGIN_S for frame in batch.frames]
    assert np.allclose(times, [tick / 100 for tick in ticks], atol=0.002)


def _paced(frames: int, step_ticks: int) -> bytes:
    """Return a film whose pictures are so many hundredths of a second apart, one keyframe first."""
    out = io.BytesIO()
    with av.open(out, "w", format="mpegts") as made:
        video = made.add_stream("libx264", rate=100, options={"bf": "0", "tune": "zerolatency"})
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        video.codec_context.time_base = Fraction(1, 100)
        video.gop_size = 10_000
        packets = []
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(media.picture(number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 100)
            packets += video.encode(frame)
        for number, packet in enumerate(packets):
            packet.pts = packet.dts = number * step_ticks
            made.mux(packet)
    return out.getvalue()


@pytest.mark.parametrize(("step_ticks", "came_s"), [(800, 0.04), (1, 1.0)])
def test_a_stream_with_an_absurd_clock_is_dated_by_when_it_came(
    step_ticks: int, came_s: float
) -> None:
    """Neither minutes ahead nor all in one moment: pictures keep the receiver's time."""
    film = _paced(60, step_ticks)
    made = chunks.of_stream("mpegts", film, arrivals_s=came_s)
    batches = [transcode(chunk.facts, b"".join(chunk.parts), FULL) for chunk in made]
    assert any("stream_time_absurd" in batch.sentences for batch in batches)
    times = [frame.captured_s - chunks.BEGIN_S for batch in batches for frame in batch.frames]
    assert len(times) == 60
    assert times == sorted(times)
    assert times[-1] == pytest.approx(59 * came_s, rel=0.3)
    assert max(after - before for before, after in pairwise(times)) <= 8 * came_s


def test_mjpeg_passes_byte_for_byte() -> None:
    """Pictures are not decoded; the plan's rate chooses among them."""
    pictures = [media.jpeg(number) for number in range(20)]
    facts, content = chunks.of_pictures(pictures)
    batch = transcode(facts, content, Plan(rate_per_s=5.0))
    assert [frame.jpeg for frame in batch.frames] == pictures[::2]
    assert batch.counts == {"frames": 10, "not_planned": 10}
    assert len(batch.looks) == 1


HIDDEN = (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)),)


@pytest.mark.parametrize("form", ["mpegts", "mjpeg"])
def test_privacy_polygons_are_black_for_everyone(form: str) -> None:
    """What is hidden is in no JPEG and in no picture for the detector."""
    plan = Plan(privacy=HIDDEN, small_width_px=80)
    if form == "mjpeg":
        batch = transcode(*chunks.of_pictures([media.jpeg(2)]), plan)
    else:
        (batch,) = run("mpegts", media.stream("mpegts", frames=3), plan)
    frame = batch.frames[0]
    assert pixels(frame.jpeg)[:, :78].max() < 8
    assert pixels(frame.jpeg)[:, 84:].mean() > 100
    assert frame.small is not None
    assert np.frombuffer(frame.small.grey, np.uint8).reshape(48, 80)[:, :40].max() == 0


def test_a_small_file_that_claims_a_huge_picture_is_refused_by_name() -> None:
    """304 bytes that claim 56321x7789 cost nothing and are counted."""
    start = media.jpeg()
    at = start.index(b"\xff\xc0")
    huge = start[: at + 5] + (7789).to_bytes(2) + (56321).to_bytes(2) + start[at + 9 :]
    huge = huge[:300] + b"\xff\xd9\xff\xd9"
    batch = transcode(*chunks.of_pictures([huge, media.jpeg()]), FULL)
    assert batch.counts["picture_too_large"] == 1
    assert "56321x7789" in batch.sentences["picture_too_large"]
    assert len(batch.frames) == 1


def test_a_picture_in_thousands_of_scans_costs_nothing_and_is_named() -> None:
    """It reaches no decoder, and the camera's other pictures pass (R24)."""
    batch = transcode(*chunks.of_pictures([media.scan_bomb(2000), media.jpeg()]), FULL)
    assert batch.counts["picture_too_dear"] == 1
    assert "choose baseline JPEG" in batch.sentences["picture_too_dear"]
    assert len(batch.frames) == 1


def test_scans_behind_a_complete_one_do_not_come_to_libav() -> None:
    """Where parts are hidden libav decodes, which goes on behind the first scan."""
    plain = media.jpeg()
    scan = plain.index(b"\xff\xda")
    repeated = plain[:-2] + plain[scan:-2] * 99 + plain[-2:]
    hidden = transcode(*chunks.of_pictures([repeated]), attrs.evolve(FULL, privacy=HIDDEN))
    assert not hidden.frames
    assert hidden.counts["picture_too_dear"] == 1


def test_scan_bombs_wrapped_as_video_do_not_come_to_libav() -> None:
    """Motion JPEG in a container is decoded by libav, packet by packet: each has its price, too."""
    jpegs = [media.jpeg(0), media.scan_bomb(2000), media.jpeg(2)]
    batches = run("fmp4", media.wrapped("fmp4", jpegs))
    assert sum(len(batch.frames) for batch in batches) == 2
    assert sum(batch.counts.get("picture_too_dear", 0) for batch in batches) == 1


def test_pictures_that_are_dear_together_are_fewer() -> None:
    """Each may pass by itself; a chunk has so much time to decode, and one picture in any case."""
    pictures = [media.scan_bomb(40)] * 5
    one = transcode(*chunks.of_pictures(pictures[:1]), FULL).frames[0].decode_s
    plan = attrs.evolve(FULL, limits=Limits(decode_s=2.5 * one))
    batch = transcode(*chunks.of_pictures(pictures), plan)
    assert (len(batch.frames), batch.counts["chunk_too_dear"]) == (2, 3)
    least = attrs.evolve(FULL, limits=Limits(decode_s=one / 2))
    assert len(transcode(*chunks.of_pictures(pictures), least).frames) == 1


def test_video_over_the_limit_of_pixels_is_refused_by_name() -> None:
    """Video larger than the limit is not decoded."""
    plan = Plan(limits=Limits(pixels_max=100 * 100))
    (batch,) = run("mpegts", media.stream("mpegts"), plan)
    assert batch.frames == ()
    assert batch.counts["picture_too_large"] == 1


def test_limits_of_frames_and_time_are_named() -> None:
    """A chunk that would take too long gives what was done until then."""
    (batch,) = run("mpegts", media.stream("mpegts"), Plan(1000.0, limits=Limits(frames_max=20)))
    assert (len(batch.frames), batch.counts["frames_over_limit"]) == (20, 30)
    (chunk,) = chunks.of_stream("mpegts", media.stream("mpegts"))
    ticks = iter(range(1000))
    plan = Plan(1000.0, limits=Limits(time_s=10))
    batch = transcode(chunk.facts, b"".join(chunk.parts), plan, lambda: float(next(ticks)))
    assert 0 < len(batch.frames) <= 10
    assert batch.counts["time_limit"] == 1


@pytest.mark.parametrize(("duration_s", "frames"), [(0.0, 2), (3.0, 5), (600.0, 20)])
def test_decoding_may_take_as_long_as_what_was_filmed(duration_s: float, frames: int) -> None:
    """And two seconds beside: who needs more cannot be followed, and keeps others waiting."""
    chunk = chunks.of_stream("mpegts", media.stream("mpegts", frames=50))[0]
    facts = attrs.evolve(chunk.facts, duration_s=duration_s)
    ticks = itertools.count()
    batch = transcode(facts, b"".join(chunk.parts), Plan(1000.0), lambda: float(next(ticks)))
    assert batch.counts["time_limit"] == 1
    assert len(batch.frames) == pytest.approx(frames, abs=2)


def test_damaged_video_gives_what_could_be_decoded() -> None:
    """A chunk with a hole gives frames and a count, never an exception (R24)."""
    (chunk,) = chunks.of_stream("mpegts", media.stream("mpegts", size=(320, 192)))
    content = bytearray(b"".join(chunk.parts))
    for at in range(len(content) // 3, len(content) // 2, 7):
        content[at] ^= 0x55
    batch = transcode(chunk.facts, bytes(content), FULL)
    assert 20 < len(batch.frames) < 51
    assert set(batch.counts) - {"frames", "not_planned"}
    times = [frame.captured_s for frame in batch.frames]
    assert all(before < after for before, after in pairwise(times))


@pytest.mark.parametrize("form", list(Format))
def test_nonsense_is_an_outcome(form: Format) -> None:
    """No format makes bytes of nonsense raise."""
    if form in (Format.JPEG, Format.HLS):
        pytest.skip("chunks are never of this format: they hold pictures or segments")
    batch = transcode(chunks.facts(form), bytes(range(256)) * 20, FULL)
    assert batch.counts["chunks_without_frames"] == 1
