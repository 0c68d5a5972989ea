"""`python -P -m scripts.demo`: serve the demo cameras, list them, or write frames to a folder."""

import argparse
import json
import sys
from pathlib import Path

import attrs
import trio

from scripts.demo.cameras import CAMERAS, PORT, chosen, list_cameras
from scripts.demo.files import write_folder
from scripts.demo.run import Settings, run


def main() -> int:
    """Do what the command line says."""
    parser = _parser()
    options = parser.parse_args()
    try:
        cameras = chosen(tuple(options.cameras))
    except ValueError as error:
        parser.error(str(error))
    if options.list:
        entries = [
            attrs.asdict(entry) for entry in list_cameras(options.port, tuple(options.cameras))
        ]
        json.dump(entries, sys.stdout, indent=2)
        return 0
    if options.files:
        for camera in cameras:
            folder = options.files if len(cameras) == 1 else options.files / camera.name
            write_folder(
                camera, folder, options.minutes, options.seed, incidents=not options.ordinary
            )
        return 0
    settings = Settings(
        cameras,
        options.port,
        seed=options.seed,
        truth=options.truth,
        incidents=not options.ordinary,
        begin_at_s=options.begin_at,
        socket=options.socket,
    )
    failures: list[BaseException] = []
    try:
        trio.run(_serve, settings)
    except* OSError as errors:
        failures.extend(errors.exceptions)
    except* KeyboardInterrupt:
        pass
    if failures:
        return _complain(
            f"cannot serve on port {options.port}: {failures[0]}; choose another with --port"
        )
    return 0


async def _serve(settings: Settings) -> None:
    async with trio.open_nursery() as nursery:
        port = await nursery.start(run, settings)
        print(f"demo cameras on http://127.0.0.1:{port}/", flush=True)  # noqa: T201 - a program's greeting


def _complain(message: str) -> int:
    print(f"demo: {message}", file=sys.stderr)  # noqa: T201 - errors of a command line go here
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -P -m scripts.demo", description=__doc__)
    names = ", ".join(camera.name for camera in CAMERAS)
    parser.add_argument(
        "--port", type=int, default=PORT, help="where to listen on loopback, 0 for any free port"
    )
    parser.add_argument(
        "--socket", type=int, metavar="FD", help="serve on this descriptor, which listens already"
    )
    parser.add_argument("--truth", type=Path, help="write what is staged to this JSON Lines file")
    parser.add_argument(
        "--seed", type=int, default=1, help="everything that happens follows from it"
    )
    parser.add_argument(
        "--cameras", "--scene", nargs="+", default=[], metavar="NAME", help=f"only these: {names}"
    )
    parser.add_argument("--ordinary", action="store_true", help="stage no incidents")
    parser.add_argument(
        "--begin-at", type=float, default=0.0, metavar="SECONDS", help="the stream time to begin at"
    )
    parser.add_argument("--list", action="store_true", help="describe the cameras as JSON and stop")
    parser.add_argument(
        "--files", type=Path, metavar="FOLDER", help="write frames here instead of serving"
    )
    parser.add_argument(
        "--minutes", type=float, default=10.0, help="how much of each part --files writes"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
