"""How long to wait for a camera: until it says anything, and until it has said something whole."""

import math

import trio

from stages.camera.faults import CameraFault, Fault


class Patience:
    """Lets a scope end after a silence; up to a twentieth late, since each moved deadline costs."""

    def __init__(self, scope: trio.CancelScope, limit_s: float) -> None:
        self._scope = scope
        self._limit_s = limit_s
        self._renewed_s = -math.inf

    def renew(self) -> None:
        """Begin to wait anew."""
        now_s = trio.current_time()
        if now_s - self._renewed_s > self._limit_s / 20:
            self._renewed_s = now_s
            self._scope.deadline = now_s + self._limit_s * 21 / 20

    def suspend(self) -> None:
        """Wait for ever: until whoever takes the chunk has room, which is no silence."""
        self._scope.deadline = math.inf
        self._renewed_s = -math.inf


class Watchdog:
    """Tells a trickle from a stream: bytes come, but nothing becomes complete by them."""

    def __init__(self, limit_s: float, now_s: float) -> None:
        self._limit_s = limit_s
        self._since_s = now_s
        self._pieces = 0

    def check(self, pieces: int, now_s: float) -> None:
        """Raise CameraFault when the number of pieces has stood still for too long."""
        if pieces != self._pieces:
            self._pieces, self._since_s = pieces, now_s
        elif now_s - self._since_s > self._limit_s:
            raise CameraFault(_trickle(self._limit_s))


def silent(seconds: float) -> Fault:
    """Say that nothing came for too long."""
    return Fault("silence", f"The camera sent nothing for {seconds:g} s.")


def too_slow(received_bytes: int, seconds: float) -> Fault:
    """Say that too little came to tell what it is."""
    if not received_bytes:
        words = f"The camera answers, but sent nothing in {seconds:g} s."
        return Fault("answer_timeout", words)
    words = f"The camera sent no more than {received_bytes} bytes in {seconds:g} s;"
    return Fault("trickle", f"{words} look at its load and at its network.")


def _trickle(seconds: float) -> Fault:
    words = f"The camera sent bytes, but no whole picture in {seconds:g} s."
    return Fault("trickle", words)
