"""Structured logs: an entry a line on standard error, for people on a terminal, JSON elsewhere.

    logs.configure("controller", is_json=logs.is_json("auto"), about={"stage": "camera"})
    log = logs.get(__name__)
    log.info("handler ended", handler=3, cause="signal-9")

This is the standard library's logging with a formatter: the libraries that seda uses log there and
trio has it imported, so it costs 2 ms of a controller's start (structlog: 64 ms, for asyncio and
rich). An entry is one write, so that processes that share standard error do not write into each
other's lines. What looks like a credential is taken out of every text, whoever wrote it.
"""

import contextlib
import logging
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

TEXT_CHARACTERS = 8 * 1024
"""What one value may take: an entry that fills the log helps nobody."""

_OURS = "ours"
"""Above our own modules' logs, which alone follow the level that was asked for below warning."""

_STANDARD_ERROR = 2
_USERINFO = re.compile(r"(?<=://)[^\s\"'<>]{1,512}@")
"""Up to the last @, because people do not write the @ and / of a password as %40 and %2F."""
_SECRET = re.compile(r"(?i)\b(pass|passwd|password|pwd|secret|token)=[^\s&\"'<>]+")
_PLAIN = re.compile(r"[^\s\"=\x00-\x1f\x7f-\x9f]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_COLOURS = {"DEBUG": "\x1b[2m", "WARNING": "\x1b[33m", "ERROR": "\x1b[31m"}
_encoder = msgspec.json.Encoder()


class Log:
    """Writes entries; what it is about stands in every one of them."""

    def __init__(self, logger: logging.Logger, about: Mapping[str, object]) -> None:
        self._logger = logger
        self._about = about

    def about(self, **about: object) -> "Log":
        """Return a log that says this too."""
        return Log(self._logger, {**self._about, **about})

    def debug(self, words: str, **about: object) -> None:
        """Say what only who looks for a fault wants to know."""
        self.write("debug", words, about)

    def info(self, words: str, **about: object) -> None:
        """Say what went as it should."""
        self.write("info", words, about)

    def warning(self, words: str, **about: object) -> None:
        """Say what went wrong and was dealt with."""
        self.write("warning", words, about)

    def error(self, words: str, error: BaseException | None = None, **about: object) -> None:
        """Say what needs a person, with the exception's traceback."""
        self.write("error", words, about, error)

    def write(
        self,
        level: str,
        words: str,
        about: Mapping[str, object],
        error: BaseException | None = None,
    ) -> None:
        """Write an entry of a level that is only known now."""
        number = logging.getLevelNamesMapping()[level.upper()]
        extra = {"about": {**self._about, **about}}
        self._logger.log(number, "%s", words, extra=extra, exc_info=error)


def get(name: str, **about: object) -> Log:
    """Return the log of a module."""
    return Log(logging.getLogger(f"{_OURS}.{name}"), about)


def is_json(style: str) -> bool:
    """Say what the setting `log` means here: `auto` is for people only on a terminal."""
    return style == "json" or (style == "auto" and not os.isatty(_STANDARD_ERROR))


def configure(
    role: str, *, is_json: bool, level: str = "info", about: Mapping[str, object] | None = None
) -> None:
    """Let every entry of this process say who writes; again after a fork that changes that."""
    root = logging.getLogger()
    root.handlers[:] = [_Writer({"role": role, **(about or {})}, is_json=is_json)]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    logging.getLogger(_OURS).setLevel(level.upper())
    logging.captureWarnings(capture=True)


def redacted(text: str) -> str:
    """Return the text without what looks like a credential."""
    return _SECRET.sub(r"\1=***", _USERINFO.sub("***@", text))


class _Writer(logging.Handler):
    """Formats an entry and writes it with one call."""

    def __init__(self, who: Mapping[str, object], *, is_json: bool) -> None:
        super().__init__()
        self._who = who
        self._is_json = is_json
        self._has_colours = os.isatty(_STANDARD_ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        """Write; an entry that can not be formatted becomes one that says so."""
        try:
            line = self._line(record)
        except Exception as error:  # noqa: BLE001  # a value's own __str__ may raise anything
            line = self._line(_unwritable(record.name, error))
        remaining = line.encode("utf-8", "backslashreplace") + b"\n"
        with contextlib.suppress(OSError):  # nowhere is left to say that nobody reads the log
            while remaining:
                remaining = remaining[os.write(_STANDARD_ERROR, remaining) :]

    def _line(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat("T", "milliseconds"),
            "level": record.levelname,
            **self._who,
            "pid": os.getpid(),
            "module": record.name.removeprefix(f"{_OURS}."),
            "message": _clean(record.getMessage()),
            "about": _clean(getattr(record, "about", {})),
        }
        if record.exc_info and record.exc_info[0]:
            trace = redacted(logging.Formatter().formatException(record.exc_info))
            entry["traceback"] = trace[-TEXT_CHARACTERS:]  # the end says what happened
        if self._is_json:
            return _encoder.encode(entry).decode()
        return _for_people(entry, " ".join(map(str, self._who.values())), self._has_colours)


def _unwritable(name: str, error: Exception) -> logging.LogRecord:
    about = {"error": type(error).__name__}
    words = {"name": name, "levelname": "ERROR", "msg": "an entry can not be written"}
    return logging.makeLogRecord({**words, "about": about})


def _for_people(entry: dict[str, Any], who: str, has_colours: bool) -> str:  # noqa: FBT001  # private
    """Put an entry into one line, and a traceback under it."""
    level = f"{entry['level']:7}"
    if has_colours:
        level = f"{_COLOURS.get(entry['level'], '')}{level}\x1b[0m"
    about = " ".join(f"{_quoted(name)}={_quoted(value)}" for name, value in entry["about"].items())
    message = _CONTROL.sub(_escaped, entry["message"])
    line = f"{entry['time']} {level} {who}[{entry['pid']}] {message}  {about}".rstrip()
    trace = entry.get("traceback")
    return f"{line}\n{trace}" if trace else line


def _quoted(value: object) -> str:
    """Return a value so that its end can be seen and it can not pretend to be another line."""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return _encoder.encode(value).decode()


def _escaped(control: re.Match[str]) -> str:
    return repr(control[0])[1:-1]


def _clean(value: object) -> Any:  # noqa: ANN401  # what JSON holds
    """Return what JSON can say of a value, without credentials and without end."""
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {_clean(str(name)): _clean(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(inner) for inner in value]
        case _:
            text = redacted(str(value)).encode("utf-8", "backslashreplace").decode()
            left_out = len(text) - TEXT_CHARACTERS
            return text if left_out <= 0 else f"{text[:TEXT_CHARACTERS]}... and {left_out} more"
