"""The truth about what was staged: one JSON line for each incident and fault, before it happens.

The first line says what stream time zero is on the wall clock; times are given as both. Outlines
are hulls in shares of the picture's size at half-second steps, so they hold at any size.
"""

import heapq
import json
from collections.abc import Iterator, Sequence
from typing import IO, Any

import attrs

from scripts.demo.cameras import DemoCamera
from scripts.demo.faults import plan_faults
from scripts.demo.renderer.happenings.incidents import outlines, plan_incidents

AHEAD_S = 60.0  # incidents are written down so long before they begin
Line = dict[str, Any]


@attrs.frozen
class _Due:
    start_s: float
    camera: DemoCamera
    what: Any


def _events_of(camera: DemoCamera, seed: int, *, incidents: bool) -> Iterator[_Due]:
    staged = plan_incidents(camera.scene, seed) if incidents else iter(())
    planned = (_Due(incident.staging.start_s, camera, incident) for incident in staged)
    faults = (
        _Due(fault.start_s, camera, fault) for fault in plan_faults(camera.name, camera.fault, seed)
    )
    return heapq.merge(planned, faults, key=lambda due: due.start_s)


class Truth:
    """Knows what is staged on all cameras and writes it down in good time."""

    def __init__(
        self,
        cameras: Sequence[DemoCamera],
        seed: int,
        start_wall_s: float,
        *,
        incidents: bool = True,
    ) -> None:
        self._start_wall_s = start_wall_s
        streams = [_events_of(camera, seed, incidents=incidents) for camera in cameras]
        self._events = heapq.merge(*streams, key=lambda due: due.start_s)
        self._next = next(self._events, None)
        self._head: Line | None = {
            "kind": "begin", "seed": seed, "start_wall_s": start_wall_s,
            "cameras": {c.name: {"format": c.format, "path": c.path} for c in cameras},
        }  # fmt: skip

    def lines_until(self, until_s: float) -> Iterator[Line]:
        """Return the lines about everything that starts before a stream time, each once."""
        if self._head is not None:
            yield self._head
            self._head = None
        while self._next is not None and self._next.start_s <= until_s:
            yield self._line(self._next)
            self._next = next(self._events, None)

    def _line(self, due: _Due) -> Line:
        is_incident = hasattr(due.what, "staging")
        end_s = due.what.staging.end_s if is_incident else due.what.end_s
        return {
            "camera": due.camera.name, "kind": due.what.kind, "is_fault": not is_incident,
            "start_s": round(due.start_s, 2), "end_s": round(end_s, 2),
            "start_wall_s": round(self._start_wall_s + due.start_s, 2),
            "end_wall_s": round(self._start_wall_s + end_s, 2),
            "outlines": outlines(due.what, due.camera.scene) if is_incident else [],
        }  # fmt: skip


def write_lines(lines: Iterator[Line], file: IO[str]) -> None:
    """Append lines to a truth file so that a reader sees whole lines at once."""
    for line in lines:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")
    file.flush()
