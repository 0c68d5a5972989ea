"""What handlers print: log lines of the controller, bounded in length and in rate.

A line that is a JSON log line already keeps its level and its fields. Nothing that a handler prints
can block it for long or fill the log: the pipe is always read, what is too much is counted.
"""

import os

import attrs
import msgspec

from controller.hub import Hub
from seda import logs

_LINE_BYTES = 4 * logs.TEXT_CHARACTERS
"""A log line with a traceback fits. A longer line is cut; the rest of it is left out."""
_LINES_PER_S = 20
_BURST_LINES = 100
_READ_BYTES = 65536
_PRINTED = "handler printed"
_LEVELS = frozenset({"debug", "info", "warning", "error"})

_log = logs.get(__name__)


@attrs.frozen
class Entry:
    """What counts of a log line as seda/logs.py writes it."""

    level: str
    message: str
    module: str
    about: dict[str, object] = attrs.Factory(dict)
    exception: str = ""


_decoder = msgspec.json.Decoder(Entry)


class Printed:
    """The reading end of the pipe that is one process's stdout and stderr."""

    def __init__(self, hub: Hub, descriptor: int, source: str) -> None:
        self._hub = hub
        self._descriptor = descriptor
        self._source = source
        self._rest = b""
        self._is_cut = False
        self._tokens = float(_BURST_LINES)
        self._filled_s = hub.now_s
        self._left_out = 0
        self.last_line = ""
        """With words in it, as groups of errors end with a drawn one; of a log line its words."""
        os.set_blocking(descriptor, False)
        hub.watch(descriptor, self._on_ready)

    @property
    def is_closed(self) -> bool:
        """Say whether all was read."""
        return self._descriptor < 0

    def close(self) -> None:
        """Log what is still in the pipe and close it; descendants may hold the other end."""
        if self.is_closed:
            return
        self._on_ready(0)
        self._finish()

    def _on_ready(self, _events: int) -> None:
        """Read once a turn, so that a flood of words does not keep the links waiting."""
        try:
            content = os.read(self._descriptor, _READ_BYTES)
        except BlockingIOError:
            return
        if content:
            self._take(content)
        else:
            self._finish()

    def _finish(self) -> None:
        if self.is_closed:
            return
        self._hub.forget(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1
        if self._rest:
            self._say(self._rest)
        if self._left_out:
            self._say_left_out()

    def _take(self, content: bytes) -> None:
        *lines, rest = (self._rest + content).split(b"\n")
        for line in lines:
            if self._is_cut:
                self._is_cut = False
            else:
                self._say(line)
        self._rest = rest
        if len(rest) > _LINE_BYTES:
            if not self._is_cut:
                self._say(rest)
            self._is_cut, self._rest = True, b""

    def _say(self, line: bytes) -> None:
        text = line[:_LINE_BYTES].decode("utf-8", "replace").rstrip()
        if not text:
            return
        level, words, fields = _parse(text)
        if any(it.isalpha() for it in text):
            self.last_line = text if words == _PRINTED else words
        if not self._has_token():
            self._left_out += 1
            return
        if self._left_out:
            self._say_left_out()
        logs.write(_log, level, words, {**fields, "source": self._source})

    def _say_left_out(self) -> None:
        _log.warning("printed too much; lines left out", lines=self._left_out, source=self._source)
        self._left_out = 0

    def _has_token(self) -> bool:
        passed_s = self._hub.now_s - self._filled_s
        self._filled_s = self._hub.now_s
        self._tokens = min(_BURST_LINES, self._tokens + passed_s * _LINES_PER_S)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def _parse(text: str) -> tuple[str, str, dict[str, object]]:
    """Return level, words and fields of a log line, or the line as what somebody printed."""
    try:
        entry = _decoder.decode(text) if text.startswith("{") else None
    except (msgspec.DecodeError, RecursionError):
        entry = None
    if entry is None or entry.level.lower() not in _LEVELS:
        return "info", _PRINTED, {"line": text}
    fields = {**entry.about, "from": entry.module}
    if entry.exception:
        fields["exception"] = entry.exception
    return entry.level.lower(), entry.message, fields
