"""Makes small streams of real video, with the muxers and encoders that libav brings."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import PictureType

FORMATS = {
    "mpegts": {},
    "flv": {},
    "fmp4": {"movflags": "empty_moov+frag_keyframe+default_base_moof"},
}


def picture(number: int, width: int = 160, height: int = 96) -> np.ndarray:
    """Return an RGB picture in which a bright square moves over a gradient."""
    gradient = np.linspace(0, 255, width, dtype=np.uint8)
    rgb = np.repeat(np.broadcast_to(gradient, (height, width))[..., None], 3, axis=2).copy()
    left = number * 5 % (width - 24)
    rgb[20:44, left : left + 24] = (250, 40, 40)
    return rgb


def jpeg(number: int = 0, width: int = 160, height: int = 96, quality: int = 80) -> bytes:
    """Return that picture as a JPEG."""
    from PIL import Image  # noqa: PLC0415 - tests of the cutters alone need no Pillow

    out = io.BytesIO()
    Image.fromarray(picture(number, width, height)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def scan_bomb(scans: int, width: int = 160, height: int = 96) -> bytes:
    """Return a small progressive JPEG that repeats its last scan so often."""
    from PIL import Image  # noqa: PLC0415 - as above

    out = io.BytesIO()
    grey = Image.fromarray(picture(0, width, height)).convert("L")
    grey.save(out, "JPEG", quality=20, progressive=True)
    usual = out.getvalue()
    last = usual.rindex(b"\xff\xda")
    return usual[:last] + usual[last:-2] * scans + usual[-2:]


def stream(  # noqa: PLR0913 - a recipe: every argument has a default
    form: str,
    *,
    frames: int = 50,
    rate: int = 25,
    keyframe_every: int = 25,
    codec: str = "libx264",
    size: tuple[int, int] = (160, 96),
    options: dict[str, str] | None = None,
) -> bytes:
    """Return a stream of this format, wrapped as a camera would wrap it."""
    out = io.BytesIO()
    muxer = "mp4" if form == "fmp4" else form
    with av.open(out, "w", format=muxer, options=FORMATS.get(form, {})) as container:
        video = container.add_stream(codec, rate=rate, options=_encoder(codec, options or {}))
        assert isinstance(video, av.VideoStream)
        video.width, video.height = size
        video.pix_fmt = "yuv420p" if codec != "mjpeg" else "yuvj420p"
        video.gop_size = keyframe_every
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            is_key = number % keyframe_every == 0
            frame.pict_type = PictureType.I if is_key else PictureType.NONE
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return out.getvalue()


def turn(film: bytes, path: Path, degrees: int = 90) -> None:
    """Write a film into a file that says by how much it is to be turned when it is shown."""
    with av.open(io.BytesIO(film), mode="r") as source, av.open(path, "w") as target:
        video = source.streams.video[0]
        turned = target.add_stream_from_template(video)
        turned.set_display_rotation(degrees)
        for packet in source.demux(video):
            if packet.dts is not None:
                packet.stream = turned
                target.mux(packet)


def _encoder(codec: str, options: dict[str, str]) -> dict[str, str]:
    if codec == "libx264":
        return {"preset": "ultrafast", "bf": "0", "forced-idr": "1", "threads": "1", **options}
    if codec == "libx265":
        return {
            "preset": "ultrafast",
            "x265-params": "log-level=error:bframes=0:pools=none",
            **options,
        }
    return options


def decodable_frames(chunk: bytes, form: str) -> int:
    """Return how many frames libav makes of these bytes."""
    muxer = {"fmp4": "mp4"}.get(form, form)
    with av.open(io.BytesIO(chunk), mode="r", format=muxer) as container:
        return len(list(container.decode(video=0)))


def wrapped(form: str, jpegs: list[bytes], rate: int = 5) -> bytes:
    """Return JPEGs as the packets of a stream of this format."""
    out = io.BytesIO()
    muxer = "mp4" if form == "fmp4" else form
    with av.open(out, "w", format=muxer, options=FORMATS.get(form, {})) as container:
        video = container.add_stream("mjpeg", rate=rate)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 160, 96, "yuvj420p"
        video.codec_context.open()
        for number, content in enumerate(jpegs):
            packet = av.Packet(content)
            packet.stream, packet.is_keyframe = video, True
            packet.pts = packet.dts = number
            packet.time_base = Fraction(1, rate)
            container.mux(packet)
    return out.getvalue()
