"""Structured logs: an entry a line on standard error, for people on a terminal, JSON elsewhere.

    logs.configure("controller", is_json=logs.is_json("auto"), about={"stage": "camera"})
    log = logs.get(__name__)
    log.info("handler ended", handler=3, cause="signal-9")

structlog writes them, and other libraries' logs and Python's warnings with them. An entry is one
write, so that processes that share standard error do not write into each other's lines. What looks
like a credential is taken out of every text, whoever wrote it; no entry harms who writes it.

What goes wrong often goes wrong again and again. Of warnings and errors with the same words about
the same thing a controller and the supervisor write one a minute; the others are counted, and told
as `again` in the next one, or by `tell_repeats` when nothing more comes. At the level debug all are
written.

structlog adds 70 ms to a process's start, 40 of them for rich, which it loads where it is
installed. Handlers are forked and have it loaded; commands that do not log do not import this.
"""

import contextlib
import functools
import logging
import math
import os
import re
import time
from collections.abc import Mapping
from typing import Any

import attrs
import msgspec
import structlog
from structlog import dev, processors, stdlib
from structlog.typing import EventDict, FilteringBoundLogger, Processor

from seda.descriptors import write_all

TEXT_CHARACTERS = 8 * 1024
"""What one value may take: an entry that fills the log helps nobody."""

SAME_EVERY_S = 60.0
_SAME_KEPT = 1000
"""Different ones within a minute; what is beyond is written each time."""
_SUMMING_UP = frozenset({"controller", "supervisor"})
"""What handlers write comes to their controller."""
_SUMMED_UP = frozenset({"warning", "error"})
_DIFFERENT = frozenset({"why", "detail", "printed_last", "id", "source", "from", "exception"})

_STANDARD_ERROR = 2
_USERINFO = re.compile(r"(?<=://)[^\s\"'<>]{1,512}@")
"""Up to the last @, because people do not write the @ and / of a password as %40 and %2F."""
_SECRET = re.compile(r"(?i)\b(pass|passwd|password|pwd|secret|token)=[^\s&\"'<>]+")


def get(name: str, **about: object) -> FilteringBoundLogger:
    """Return the log of a module; made before `configure`, it follows it all the same."""
    log: FilteringBoundLogger = structlog.get_logger(name, **about)
    return log


def write(log: FilteringBoundLogger, level: str, words: str, about: Mapping[str, object]) -> None:
    """Write an entry whose level and names are only known now; any name will do."""
    log.log(logging.getLevelNamesMapping()[level.upper()], words, about=about)


def is_json(style: str) -> bool:
    """Say what the setting `log` means here: `auto` is for people only on a terminal."""
    return style == "json" or (style == "auto" and not os.isatty(_STANDARD_ERROR))


def configure(
    role: str, *, is_json: bool, level: str = "info", about: Mapping[str, object] | None = None
) -> None:
    """Let every entry of this process say who writes; again after a fork that changes that."""
    repeats = [_Repeats()] if role in _SUMMING_UP and level != "debug" else []
    _chain[:] = [_set_apart, *repeats, *_steps({"role": role, **(about or {})}, is_json=is_json)]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    logging.captureWarnings(capture=True)


def tell_repeats(*, are_all: bool = False) -> None:
    """Write once more, with their count, what was left out for a minute; at an end all of it.

    At an end it is information: it alarmed when it happened, and a stop is to alarm nobody.
    """
    for step in _chain:
        if isinstance(step, _Repeats):
            for left_out in step.due(are_all=are_all):
                log, about = get(left_out.module), left_out.about
                if are_all:  # no warning any more, so the step adds no count
                    write(log, "info", left_out.words, {**about, "again": left_out.left_out})
                else:
                    write(log, left_out.level, left_out.words, about)


def redacted(text: str) -> str:
    """Return the text without what looks like a credential."""
    return _SECRET.sub(r"\1=***", _USERINFO.sub("***@", text))


class _Output:
    """Where structlog's entries of one module go: standard error, with one call."""

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, line: str) -> None:
        """Write; nowhere is left to say that nobody reads the log."""
        with contextlib.suppress(OSError):
            write_all(_STANDARD_ERROR, line.encode() + b"\n")

    debug = info = warning = error = critical = write


class _Foreign(logging.Handler):
    """Writes what other people's code logs, as our own."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write; an entry whose words and values do not fit becomes one that says so."""
        try:
            line = stdlib.ProcessorFormatter(processors=_chain).format(record)
        except structlog.DropEvent:
            return
        except Exception as error:  # noqa: BLE001  # a value's own __str__ may raise anything
            get(record.name).error("an entry cannot be written", error=type(error).__name__)
        else:
            _Output(record.name).write(line)


def _steps(who: Mapping[str, object], *, is_json: bool) -> list[Processor]:
    """Return what makes a line of an entry, in order."""
    return [
        processors.add_log_level,
        stdlib.add_logger_name,
        processors.TimeStamper("iso", utc=True, key="time"),
        processors.format_exc_info,
        functools.partial(_ordered, who),
        *([processors.JSONRenderer(_json)] if is_json else [_flat, _console()]),
    ]


def _set_apart(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """Keep what an entry is about apart, so that no name in it can be one of the entry's own."""
    names = ("event", "exc_info", "_record", "_from_structlog")
    own = {name: entry.pop(name) for name in names if name in entry}
    if isinstance(entry.get("about"), Mapping):
        entry |= entry.pop("about")
    return {**own, "about": entry}


@attrs.define
class _Said:
    """An entry that was written, and what was left out since."""

    at_s: float
    module: str
    level: str
    words: str
    about: dict[str, object]
    left_out: int = 0


class _Repeats:
    """Lets one of the same entries through a minute, and counts the others."""

    def __init__(self) -> None:
        self._said: dict[tuple[object, ...], _Said] = {}

    def __call__(self, logger: object, method: str, entry: EventDict) -> EventDict:
        """Return the entry, or drop it."""
        if method not in _SUMMED_UP:
            return entry
        now_s, about = time.monotonic(), entry["about"]
        words = str(entry["event"])
        key = (method, words, *_identity(about))
        said = self._said.get(key)
        if said is not None and now_s - said.at_s < SAME_EVERY_S:
            said.left_out, said.about = said.left_out + 1, about
            raise structlog.DropEvent
        if said is not None and said.left_out:
            entry["about"] = {**about, "again": said.left_out}
        self._forget(now_s)
        if len(self._said) < _SAME_KEPT or said is not None:
            module = str(getattr(logger, "name", __name__))
            self._said[key] = _Said(now_s, module, method, words, about)
        return entry

    def due(self, *, are_all: bool) -> list[_Said]:
        """Return what was left out and is to be told now."""
        now_s = time.monotonic()
        found = [it for it in self._said.values() if it.left_out]
        found = [it for it in found if are_all or now_s - it.at_s >= SAME_EVERY_S]
        for it in found:
            it.at_s = -math.inf
        return found

    def _forget(self, now_s: float) -> None:
        for key, said in [*self._said.items()]:
            if now_s - said.at_s >= SAME_EVERY_S and not said.left_out:
                del self._said[key]


def _identity(about: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return whom or what an entry is about: no numbers, and no words that differ every time."""
    names = sorted(name for name in about if name not in _DIFFERENT)
    return [(name, value) for name in names if isinstance(value := about[name], str)]


def _ordered(
    who: Mapping[str, object], _logger: object, _method: str, entry: EventDict
) -> EventDict:
    """Return the entry as it is written."""
    own = {
        "time": entry["time"],
        "level": entry["level"],
        **who,
        "pid": os.getpid(),
        "module": entry["logger"],
        "message": entry["event"],
    }
    ordered = {**_bounded(own), "about": _bounded(entry["about"])}
    if trace := redacted(entry.get("exception", "")):
        lines = "\n".join(map(_printable, trace.split("\n")))
        ordered["exception"] = lines[-TEXT_CHARACTERS:]  # the end says what happened
    return ordered


def _json(value: object, **_options: object) -> str:
    return msgspec.json.encode(value).decode()


_WRITER = frozenset({"role", "pid", "module"})
_ORIGIN = frozenset({"from", "source"})


def _flat(_logger: object, _method: str, entry: EventDict) -> EventDict:
    """Put what an entry is about beside its own fields, with names that cannot be mistaken.

    On a terminal a line says what happened; who wrote it is left to the JSON.
    """
    taken = {*entry, "exception", "exc_info", "stack"}
    about = {
        name if name.isidentifier() and name not in taken else repr(name): value
        for name, value in entry.pop("about").items()
        if name not in _ORIGIN
    }
    own = {name: value for name, value in entry.items() if name not in _WRITER}
    clock = f"{entry['time'][11:19]}Z"
    return {**about, **own, "time": clock, "message": _printable(entry["message"])}


def _console() -> Processor:
    return dev.ConsoleRenderer(
        pad_event_to=0,
        colors=os.isatty(_STANDARD_ERROR),
        repr_native_str=True,
        sort_keys=False,
        event_key="message",
        timestamp_key="time",
    )


def _printable(value: object) -> str:
    """Return the text so that it can neither pass for another line nor command a terminal."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in str(value))


def _bounded(values: Mapping[str, object]) -> dict[str, Any]:
    return {_clean(str(name)): _bounded_value(value) for name, value in values.items()}


def _bounded_value(value: object) -> Any:  # noqa: ANN401  # what JSON holds
    """Return what JSON can say of a value, without credentials and without end."""
    try:
        clean = _clean(value)
        text = clean if isinstance(clean, str) else _json(clean)
    except Exception as error:  # noqa: BLE001  # a value's own __str__ may raise anything
        return f"cannot be written: {type(error).__name__}"
    left_out = len(text) - TEXT_CHARACTERS
    return clean if left_out <= 0 else f"{text[:TEXT_CHARACTERS]}... and {left_out} more"


def _clean(value: object) -> Any:  # noqa: ANN401  # what JSON holds
    match value:
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {_clean(str(name)): _clean(inner) for name, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(inner) for inner in value]
        case _:
            return redacted(str(value)).encode("utf-8", "backslashreplace").decode()


_chain: list[Processor] = [_set_apart, *_steps({}, is_json=is_json("auto"))]
"""Changed in place: what was bound before `configure` follows it, too, all but its level."""
structlog.configure(processors=_chain, logger_factory=_Output)
