"""When a piece was filmed, in wall time: by the camera's stamp where it can be believed.

Arrival jitters with the network, a stream's own time does not but means nothing by itself. So the
stream's time is laid on the wall where pieces arrived earliest; the line is moved when a piece
comes earlier still, and slowly otherwise, since two clocks never run alike. A stamp of the camera
is believed while it is near arrival. Without either, the time of arrival is taken. What comes out
never goes back.
"""

import attrs

from media.cut.pieces import Finding, Piece

BELIEVED_S = 30.0
"""A stamp further from arrival than this is that of a camera whose clock was never set."""
DRIFT_PER_S = 0.0005
"""Ten times what a poor quartz drifts."""
JUMP_S = 5.0
"""A stream's time that is off by more did not drift but jumped."""


@attrs.frozen
class Captured:
    """When a piece was filmed, and what there is to say about the camera's clock."""

    wall_s: float
    findings: tuple[Finding, ...] = ()


class CaptureClock:
    """Tells the wall time of capture for the pieces of one connection."""

    def __init__(self) -> None:
        self._line_s: float | None = None
        self._last_arrival_s = 0.0
        self._last_wall_s = float("-inf")
        self._has_warned = False
        self.offset_s: float | None = None
        """How far the camera's clock is ahead, where it tells the time."""

    def capture(self, piece: Piece, arrival_wall_s: float) -> Captured:
        """Return the wall time of a piece that arrived now."""
        findings = self._judge_stamp(piece, arrival_wall_s)
        if piece.stamp_s is not None and not findings and not self._has_warned:
            wall_s = piece.stamp_s
        elif piece.stream_s is not None:
            wall_s = piece.stream_s + self._lay(piece.stream_s, arrival_wall_s)
        else:
            wall_s = arrival_wall_s
        if wall_s < self._last_wall_s <= arrival_wall_s:
            wall_s = self._last_wall_s
        self._last_wall_s = wall_s
        return Captured(wall_s, findings)

    def _judge_stamp(self, piece: Piece, arrival_wall_s: float) -> tuple[Finding, ...]:
        if piece.stamp_s is None:
            return ()
        self.offset_s = piece.stamp_s - arrival_wall_s
        if abs(self.offset_s) <= BELIEVED_S:
            self._has_warned = False
            return ()
        if self._has_warned:
            return ()
        self._has_warned = True
        return (_wrong(self.offset_s),)

    def _lay(self, stream_s: float, arrival_wall_s: float) -> float:
        """Return what to add to the stream's time."""
        line_s = arrival_wall_s - stream_s
        if self._line_s is None or abs(line_s - self._line_s) > JUMP_S:
            self._line_s = line_s
        else:
            elapsed_s = max(0.0, arrival_wall_s - self._last_arrival_s)
            self._line_s = min(line_s, self._line_s + DRIFT_PER_S * elapsed_s)
        self._last_arrival_s = arrival_wall_s
        return self._line_s


def _wrong(offset_s: float) -> Finding:
    direction = "ahead" if offset_s > 0 else "behind"
    return Finding(
        "camera_clock_wrong",
        f"The camera's clock is {abs(offset_s):.0f} s {direction}, so the time of arrival is used;"
        " set its time server (NTP).",
    )
