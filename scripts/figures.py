"""The list of what prints each figure of README's table and of the design notes.

    python -P -m scripts.figures                    # the whole list
    python -P -m scripts.figures "handler killed"   # run what prints the rows with these words

A row of README's table "Measured" is named by the words that it begins with; a part of a note by
its heading. A program is a bench (`seda bench NAME`), a module, or a test file that measures. A
test holds this list against the documents: a figure that nobody can print again is none.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs

ROOT = Path(__file__).parents[1]
README = "README.md"
HEADING = "Measured"


@attrs.frozen
class Quoted:
    """Figures in a document, and what prints them."""

    place: str
    """The document, and in a note the heading after a #."""
    begins: str
    """README's row; empty for the whole part of a note."""
    program: str
    names: tuple[str, ...] = ()
    """As the program calls them."""


def _row(begins: str, program: str, *names: str) -> Quoted:
    return Quoted(README, begins, program, names)


def _note(place: str, *programs: str) -> tuple[Quoted, ...]:
    return tuple(Quoted(f"design/{place}", "", program) for program in programs)


# fmt: off
QUOTED: tuple[Quoted, ...] = (
    _row("CPU per event and stage", "hop", "cpu_us_per_event_and_stage"),
    _row("the same with one event per call", "hop", "cpu_us_per_event_and_stage_one_a_call"),
    _row("events per second through three stages", "hop", "events_per_s"),
    _row("time for an event with a payload", "hop", "large_payload_ratio"),
    _row("no camera at all", "pipeline", "no_camera_ms_a_second"),
    _row("8 cameras of 1280x720", "pipeline", "8_of_720p_against_bare_loop", "40_of_480p_against_bare_loop"),
    _row("handler killed", "recovery", "handler_killed_p95_s"),
    _row("handler hung", "recovery", "handler_hung_beyond_deadline_p95_s"),
    _row("controller killed", "recovery", "controller_killed_p95_s"),
    _row("212 such faults", "recovery", "events_lost", "events_twice"),
    _row("tenfold load", "stepload", "pool_at_maximum_after_s"),
    _row("a synthetic stage with five times too much", "overload", "jain_index"),
    _row("the same on a busy machine", "overload", "jain_index", "useful_throughput_share", "p90_against_target"),
    _row("the shipped stages, 32 cameras", "overload", "shipped_capture_to_assignable_p95_s", "shipped_useful_throughput_share", "shipped_jain_index"),
    _row("the same: highest level", "overload", "shipped_highest_level", "shipped_last_level", "shipped_newest_chunks_lost", "shipped_scored_share"),
    _row("MJPEG 720p", "cameras", "mjpeg_cpu_ms_per_frame", "mjpeg_against_motion"),
    _row("H.264 720p", "cameras", "h264_against_bare_loop", "h264_one_a_second_share"),
    _row("from the last byte of a chunk", "cameras", "batch_ready_p95_ms"),
    _row("200 cameras: memory each", "cameras", "many_memory_mb_per_camera", "many_chunks_lost"),
    _row("20 of 40 cameras cut", "cameras", "revived_live_within_s"),
    _row("detector on UCSD Ped2", "seeing/real", "real_ped2_auc"),
    _row("detector on falls in a room", "seeing/real", "real_falls_auc", "real_falls_events_found"),
    _row("200 staged incidents", "seeing/demo", "demo_third_band_share", "demo_third_band_within_10_s_share"),
    _row("ordinary chunks an hour", "seeing/demo", "demo_ordinary_noticeable_per_h", "demo_ordinary_unusual_per_h", "demo_ordinary_alarming_per_h"),
    _row("bands on simulated scores", "seeing/simulated", "simulated_lowest_ratio", "simulated_highest_ratio"),
    _row("200 rendered cameras switch to infrared", "seeing/infrared", "infrared_items", "infrared_top_band"),
    _row("detector, CPU a frame", "detector", "ms_per_frame", "decode_ms_per_frame"),
    _row("next image, requests per second", "spotters", "seda_requests_per_s", "against_uvicorn"),
    _row("p99 at half that load", "spotters", "half_load_p99_ms", "among_crawlers_p99_ms"),
    _row("64 simulated spotters", "spotters", "frames_held_by_two", "decisions_lost"),
    _row("32 cameras by Zipf", "spotters", "longest_wait_against_bound", "jain_above_urgent_share"),
    _row("browser killed", "pages", "killed_frames_elsewhere_most_s"),
    _row("key press to the next frame", "pages", "key_to_frame_p95_ms"),
    _row("first visit on a cold cache", "pages", "requests_before_frame", "first_visit_bytes", "first_visit_with_pictures_bytes"),
    _row("eight visible tabs", "pages", "tabs_usable_after_most_s"),
    _row("610 power cuts", "siege/power", "power_verdicts_missing", "power_alarms_missing", "power_leases_given_twice"),
    _row("1,000 kills of random processes", "siege/kills", "kills_lost", "kills_doubled"),
    _row("three scan-bomb cameras", "siege/bombs", "bombs_picture_age_p95_s", "bombs_score_age_p95_s", "bombs_back_after_s"),
    _row("1,025 malformed files", "siege/malformed", "malformed_controllers_dead", "malformed_cameras_stuck", "malformed_quarantined_by_errors_of_ours"),
    _row("disk full for a minute", "siege/disk", "disk_cameras_live_share", "disk_age_p95_s", "disk_verdicts_lost", "disk_said"),
    _row("4,000 slow connections", "siege/crowd", "crowd_requests_p99_ms", "crowd_people_cut", "crowd_sign_in_max_s"),
    _row("40 clients that guess passwords", "siege/newcomers", "newcomers_sign_in_max_s", "newcomers_requests_p99_ms"),
    _row("30 cases of damage", "siege/corruption", "corruption_neither_started_nor_named", "corruption_stages_dying"),
    _row("226 attempts of a hostile handler", "siege/hostile", "hostile_secrets_read", "hostile_connections", "hostile_writes_and_signals", "hostile_forged_events"),
    *_note("core.md#What it reached", "hop", "recovery", "siege/bombs"),
    *_note("core.md#What the whole costs", "pipeline"),
    *_note("cameras.md#Figures", "cameras", "scripts/bench/transcoding.py"),
    *_note("cameras.md#Real servers", "tests/end_to_end/test_real_cameras.py"),
    *_note("cameras.md#Bad input", "tests/end_to_end/test_bad_cameras.py", "siege/malformed"),
    *_note("cameras.md#Frozen and dark", "tests/end_to_end/test_bad_cameras.py"),
    *_note("cameras.md#An hour away", "siege/away"),
    *_note("detector.md#How it is measured", "seeing", "anomaly.evaluation", "detector"),
    *_note("detector.md#Numbers of the two views added", "seeing/real", "seeing/demo"),
    *_note("detector.md#Numbers", "anomaly.evaluation", "detector", "seeing/demo"),
    *_note("appearance.md#What was measured", "seeing/demo", "seeing/real"),
    *_note("tracks.md#Numbers", "seeing/tracks", "seeing/real"),
    *_note("rules.md#Numbers", "tests/anomaly/rules/test_rendered.py"),
    *_note("assignment.md#One cause on many cameras", "scripts/bench/seeing/evening.py", "seeing/infrared"),
    *_note("assignment.md#Measured", "spotters", "shift", "tests/stages/assignment/test_watch.py", "tests/stages/assignment/test_kills.py"),
    *_note("console.md#Measured", "pages"),
    *_note("http-parser.md#Measured", "siege/crowd", "siege/newcomers"),
    *_note("ring.md#Measured", "spotters"),
    *_note("store.md#Measured", "store"),
    *_note("disk.md#How it is tested", "siege/disk"),
)
# fmt: on
BY_HAND = {
    "design/core.md#Numbers that were measured before building": "what the design stood on; nothing of it is promised",
    "design/demo-cameras.md#Numbers": "what the demo costs; nothing of it is promised",
    "design/ring.md#Measured": "the first table, of subscribers; the second is of `spotters`",
}
"""Figures that no program prints. Of variants that were tried and dropped no program has any."""


def readme_rows() -> list[list[str]]:
    """Return the cells of README's table."""
    part = (ROOT / README).read_text("utf-8").partition(f"\n## {HEADING}\n")[2]
    lines = [line for line in part.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def main() -> int:
    """Print the list, or run what prints some rows."""
    parser = argparse.ArgumentParser(prog="python -P -m scripts.figures", description=__doc__)
    parser.add_argument("words", nargs="?", help="run what prints the rows with these words")
    words = parser.parse_args().words
    if words is None:
        sys.stdout.writelines(f"{it.place}\t{it.begins}\t{_command(it)}\n" for it in QUOTED)
        sys.stdout.writelines(f"{it}\t\tby hand: {why}\n" for it, why in BY_HAND.items())
        return 0
    found = [it for it in QUOTED if it.names and words.lower() in it.begins.lower()]
    if not found:
        sys.stderr.write(f"no row of {README} has the words {words!r} and figures of a bench\n")
        return 2
    return max([_run(program, found) for program in dict.fromkeys(it.program for it in found)])


def _command(quoted: Quoted) -> str:
    if quoted.program.endswith(".py"):
        return f"{quoted.program} (a test that measures, or a module)"
    if "." in quoted.program:
        return f"python -P -m {quoted.program}"
    return f"seda bench {quoted.program}  {' '.join(quoted.names)}".rstrip()


def _run(program: str, rows: list[Quoted]) -> int:
    """Run a bench and print what was measured beside what is quoted."""
    bench = [sys.executable, "-P", "-m", "scripts.bench", program, "--json"]
    done = subprocess.run(bench, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout.strip():
        return done.returncode or 1
    figures = json.loads(done.stdout.splitlines()[-1])["figures"]
    for row in rows:
        if row.program == program:
            quoted = next(it for it in readme_rows() if it[0].startswith(row.begins))
            sys.stdout.write(f"{quoted[0]}\n  quoted: {quoted[1]}\n")
            sys.stdout.writelines(_lines(row, figures))
    return done.returncode


def _lines(row: Quoted, figures: dict[str, dict[str, object]]) -> Iterator[str]:
    for name in row.names:
        found = figures.get(name, {"value": "not measured here", "unit": "", "met": None})
        verdict = {None: "", True: "met", False: "missed"}[found["met"]]  # type: ignore[index]
        yield f"  {name}: {found['value']} {found['unit']} {verdict}".rstrip() + "\n"


def begins_one(begins: str, rows: list[list[str]]) -> bool:
    """Say whether these words begin exactly one row."""
    return sum(bool(re.match(re.escape(begins), row[0])) for row in rows) == 1


if __name__ == "__main__":
    sys.exit(main())
