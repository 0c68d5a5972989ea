"""`cameras`: what it costs to have cameras, from the socket to the batch, through the real stages.

CPU is that of the controllers, templates and handlers of the stages camera and transcoder, by the
scheduler's own account, while batches arrive at a stage that notes them. The cameras are children
that serve over loopback, which is not counted; what is around (supervisor, `live`, the last stage)
is given beside it. Films repeat; Debian's `motion` gets the same stream in the same run.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import attrs

from scripts.bench import transcoding
from scripts.bench.report import Figure, progress
from testing.arithmetic import percentile
from testing.cameras.camera_servers import MJPEG, MPEG_TS, Server, mjpeg_parts, slices
from testing.films import film
from testing.running.rig import Rig, cpu_of

PIPELINE = "testing.running.bench_pipelines:CAMERAS"
MJPEG_CAMERAS = 8
RATE = 25.0
SETTLE_S = 6.0
SPAN_S = 12.0
H264_CAMERAS = 4
H264_FRAMES = 250
H264_BITS_PER_S = 3_000_000
MANY = 200
CUT = 20
CUT_S = 10.0
REVIVAL_S = 12.0
TAKEN = 60
"""More than one handler has."""


@attrs.frozen
class Seen:
    """One batch, as the last stage noted it."""

    epoch: int
    sequence: int
    frames: int
    first_s: float
    last_s: float
    age_s: float
    camera: str


def cameras_toml(urls: dict[str, str], rate_per_s: float) -> str:
    """Return the configuration of these cameras."""
    lines = [f"[transcoder]\nrate_per_s = {rate_per_s}\n"]
    lines += [f'[[camera]]\nname = "{name}"\nurl = "{url}"\n' for name, url in urls.items()]
    return "".join(lines)


class Watched:
    """A rig with cameras, and what its last stage noted."""

    def __init__(self, urls: dict[str, str], rate_per_s: float = RATE) -> None:
        self.rig = Rig(PIPELINE, cameras_toml(urls, rate_per_s))

    def seen(self) -> list[Seen]:
        """Return every batch so far."""
        path = self.rig.data / "sink" / "batches"
        lines = path.read_text().rpartition("\n")[0].splitlines() if path.exists() else []
        return [_seen(line) for line in lines]

    def span(self, seconds: float) -> tuple[list[Seen], float, float]:
        """Return what came in a while, the CPU of the two stages, and that of everything."""
        before = len(self.seen())
        own_s, all_s = self.rig.stage_cpu_s("camera", "transcoder"), self.rig.cpu_s()
        time.sleep(seconds)
        own_s = self.rig.stage_cpu_s("camera", "transcoder") - own_s
        all_s = self.rig.cpu_s() - all_s
        return self.seen()[before:], own_s, all_s


def _seen(line: str) -> Seen:
    epoch, sequence, frames, first, last, age, camera = line.split(" ", 6)
    return Seen(
        int(epoch), int(sequence), int(frames), float(first), float(last), float(age), camera
    )


def mjpeg() -> dict[str, Figure]:
    """Measure 720p MJPEG at full rate, and motion on the same stream."""
    server = Server(mjpeg_parts(film.jpegs(film.pictures(25, 1280, 720))), RATE, MJPEG)
    server.start()
    try:
        watched = Watched({f"camera{number}": server.url for number in range(MJPEG_CAMERAS)})
        with watched.rig:
            time.sleep(SETTLE_S)
            seen, own_s, all_s = watched.span(SPAN_S)
        frames = sum(batch.frames for batch in seen)
        own_ms = 1e3 * own_s / frames
        figures = {
            "mjpeg_cpu_ms_per_frame": Figure(own_ms, "ms"),
            "mjpeg_cpu_ms_per_frame_with_all_stages": Figure(1e3 * all_s / frames, "ms"),
            "batch_ready_p95_ms": Figure(1e3 * percentile((it.age_s for it in seen), 0.95), "ms"),
        }
        motion_ms = motion(server.url)
    finally:
        server.stop()
    if motion_ms is not None:
        figures["motion_cpu_ms_per_frame"] = Figure(motion_ms, "ms")
        figures["mjpeg_against_motion"] = Figure(own_ms / motion_ms, "")
    return figures


def motion(url: str) -> float | None:
    """Return what Debian's motion takes for a frame of this stream, if it is installed."""
    program = shutil.which("motion")
    if program is None:
        progress("motion is not installed: nothing to compare with")
        return None
    with tempfile.TemporaryDirectory(prefix="seda-bench-") as folder:
        settings = {
            "netcam_url": url,
            "width": 1280,
            "height": 720,
            "framerate": round(RATE),
            "webcontrol_port": 0,
            "picture_output": "off",
            "movie_output": "off",
            "target_dir": folder,
        }
        file = Path(folder, "motion.conf")
        file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        command = [program, "-n", "-c", str(file), "-p", f"{folder}/pid"]
        with Path(folder, "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            time.sleep(SETTLE_S)
            before_s = cpu_of(process.pid)
            time.sleep(SPAN_S)
            return 1e3 * (cpu_of(process.pid) - before_s) / (SPAN_S * RATE)
        finally:
            process.kill()
            process.wait()


def h264() -> dict[str, Figure]:
    """Measure 720p H.264 at full rate and at a frame a second, and the bare loops."""
    stream = film.h264(film.pictures(H264_FRAMES, 1280, 720), H264_BITS_PER_S)
    bare_ms = transcoding.least_ms(lambda: transcoding.bare_loop(stream), H264_FRAMES)
    pillow_ms = transcoding.least_ms(lambda: transcoding.pillow_loop(stream), H264_FRAMES)
    server = Server(slices(stream, H264_FRAMES), RATE, MPEG_TS)
    server.start()
    spent_s, delivered = {}, {}
    try:
        for rate_per_s in (RATE * 2, 1.0):
            urls = {f"camera{number}": server.url for number in range(H264_CAMERAS)}
            watched = Watched(urls, rate_per_s)
            with watched.rig:
                time.sleep(SETTLE_S)
                seen, spent_s[rate_per_s], _ = watched.span(SPAN_S)
            delivered[rate_per_s] = sum(it.frames for it in seen)
    finally:
        server.stop()
    (full_s, sparse_s), frames = spent_s.values(), delivered[RATE * 2]
    full_ms = 1e3 * full_s / frames
    return {
        "h264_cpu_ms_per_frame": Figure(full_ms, "ms"),
        "h264_against_bare_loop": Figure(full_ms / bare_ms, ""),
        "h264_against_pillow_loop": Figure(full_ms / pillow_ms, ""),
        "h264_one_a_second_share": Figure(sparse_s / full_s, ""),
        "h264_frames_delivered_share": Figure(frames / (SPAN_S * RATE * H264_CAMERAS), ""),
    }


def many() -> dict[str, Figure]:
    """Measure 200 cameras of a frame a second: memory, and chunks that did not come."""
    with Watched({}).rig as empty:
        time.sleep(SETTLE_S)
        bare_bytes = empty.memory_bytes()
    server = Server(mjpeg_parts(film.jpegs(film.pictures(4, 640, 480))), 1.0, MJPEG)
    server.start()
    try:
        watched = Watched({f"camera{number}": server.url for number in range(MANY)})
        with watched.rig:
            time.sleep(SETTLE_S)
            before_s = watched.rig.cpu_s()
            time.sleep(2 * SPAN_S)
            used_s = watched.rig.cpu_s() - before_s
            memory_bytes = watched.rig.memory_bytes() - bare_bytes
            seen = watched.seen()
    finally:
        server.stop()
    return {
        "many_memory_mb_per_camera": Figure(memory_bytes / MANY / 2**20, "MB"),
        "many_chunks_lost": Figure(lost_chunks(seen), ""),
        "many_cameras_seen": Figure(len({it.camera for it in seen}), ""),
        "many_cpu_share": Figure(used_s / (2 * SPAN_S), "cores"),
    }


def lost_chunks(seen: list[Seen]) -> int:
    """Count the numbers that are missing in the sequences."""
    lost = 0
    by_camera: dict[tuple[str, int], list[int]] = {}
    for it in seen:
        by_camera.setdefault((it.camera, it.epoch), []).append(it.sequence)
    for numbers in by_camera.values():
        lost += max(numbers) + 1 - len(set(numbers))
    return lost


def cut() -> dict[str, Figure]:
    """Measure 40 cameras of which 20 are cut and revived after a while."""
    parts = mjpeg_parts(film.jpegs(film.pictures(10, 640, 480)))
    left, kept = (Server(parts, 5.0, MJPEG) for _ in range(2))
    left.start()
    kept.start()
    try:
        urls = {f"left{number}": left.url for number in range(CUT)}
        urls |= {f"kept{number}": kept.url for number in range(CUT)}
        watched = Watched(urls)
        with watched.rig:
            time.sleep(SETTLE_S)
            left.stop()
            time.sleep(CUT_S)
            left.start()
            revived_s = time.time()
            time.sleep(REVIVAL_S)
            seen = watched.seen()
    finally:
        left.stop()
        kept.stop()
    back = {it.camera: it.first_s for it in reversed(seen) if it.first_s >= revived_s}
    waits_s = [back.get(f"left{n}", float("inf")) - revived_s for n in range(CUT)]
    return {
        "revived_live_within_s": Figure(max(waits_s), "s"),
        "others_longest_gap_s": Figure(longest_gap_s(seen, "kept"), "s"),
        "others_chunks_lost": Figure(
            lost_chunks([it for it in seen if it.camera.startswith("kept")]), ""
        ),
    }


def takeover() -> dict[str, Figure]:
    """Measure how soon a killed handler's cameras are seen by another one."""
    server = Server(mjpeg_parts(film.jpegs(film.pictures(10, 640, 480))), 5.0, MJPEG)
    server.start()
    try:
        watched = Watched({f"camera{number}": server.url for number in range(TAKEN)})
        with watched.rig:
            time.sleep(SETTLE_S)
            os.kill(watched.rig.handlers("camera")[0], signal.SIGKILL)
            killed_s = time.time()
            time.sleep(SETTLE_S)
            seen = watched.seen()
    finally:
        server.stop()
    began_s = {(it.camera, it.epoch): it.first_s for it in reversed(seen)}
    again_s = [first_s - killed_s for first_s in began_s.values() if first_s > killed_s]
    return {
        "killed_handlers_cameras": Figure(len(again_s), ""),
        "killed_handlers_cameras_seen_again_s": Figure(max(again_s, default=float("inf")), "s"),
    }


def longest_gap_s(seen: list[Seen], prefix: str) -> float:
    """Return the longest time without a picture of one of these cameras."""
    gap_s = 0.0
    for camera in {it.camera for it in seen if it.camera.startswith(prefix)}:
        batches = sorted((it for it in seen if it.camera == camera), key=lambda it: it.first_s)
        gaps = [after.first_s - before.last_s for before, after in pairwise(batches)]
        gap_s = max([gap_s, *gaps])
    return gap_s


def run() -> dict[str, Figure]:
    """Measure and return the figures."""
    load = os.getloadavg()[0]
    figures = {"load_of_the_machine_before": Figure(load, "")}
    for measure in (mjpeg, h264, many, cut, takeover):
        progress(f"{measure.__name__}: {(measure.__doc__ or '').splitlines()[0]}")
        figures |= measure()
    return figures
