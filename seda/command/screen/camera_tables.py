"""The cameras for people, drawn by rich: a line each, and below in words why one is not live."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seda.command.screen.tables import UNKNOWN, duration
from seda.overview import CameraState, CameraView

_STYLES = {
    "live": "green",
    "connecting": "yellow",
    "stalled": "red",
    "frozen": "bold magenta",
    "dark": "bold magenta",
    "offline": "bold red",
}
_ORDER: tuple[CameraState, ...] = ("offline", "frozen", "dark", "stalled", "connecting", "live")
_NAME_COLUMNS = 24


def cameras_table(cameras: Sequence[CameraView], at_most: int | None = None) -> RenderableType:
    """Draw the cameras, those first that need somebody."""
    ordered = sorted(cameras, key=lambda it: (_ORDER.index(it.state), it.camera))
    shown = ordered[:at_most]
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1, 0, 0))
    table.add_column("camera", no_wrap=True, overflow="ellipsis", max_width=_NAME_COLUMNS)
    table.add_column("state", no_wrap=True)
    for name in ("for", "newest", "frames/s"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("size", "format"):
        table.add_column(name, no_wrap=True)
    table.add_column("back", justify="right", no_wrap=True)
    for view in shown:
        table.add_row(*_row(view))
    rest = [_rest(ordered[len(shown) :])] if len(shown) < len(ordered) else []
    return Group(_summary(ordered), table, *rest, *_words(shown))


def _row(view: CameraView) -> tuple[str | Text, ...]:
    has_size = view.width_px is not None and view.height_px is not None
    return (
        view.camera,
        Text(view.state, _STYLES[view.state]),
        _span(view.state_for_s, 0),
        UNKNOWN if view.picture_age_s is None else _span(view.picture_age_s, 1),
        UNKNOWN if view.frames_per_s is None else f"{view.frames_per_s:.1f}",
        f"{view.width_px}x{view.height_px}" if has_size else UNKNOWN,
        view.format or UNKNOWN,
        str(view.reconnects),
    )


def _span(seconds: float, digits: int) -> str:
    """Return a time span that does not change its unit every second."""
    return f"{seconds:.{digits}f} s" if seconds < 120 else duration(seconds)


def _summary(cameras: Iterable[CameraView]) -> Text:
    line = Text("cameras: ", "dim")
    return line.append_text(_counted(cameras))


def _rest(cameras: Iterable[CameraView]) -> Text:
    return Text("and more: ", "dim").append_text(_counted(cameras))


def _counted(cameras: Iterable[CameraView]) -> Text:
    counts = Counter(view.state for view in cameras)
    parts = [Text(f"{counts[it]} {it}", _STYLES[it]) for it in reversed(_ORDER) if counts[it]]
    return Text(", ").join(parts)


def _words(cameras: Iterable[CameraView]) -> list[Text]:
    """Say why they are not live, and what is odd about those that are."""
    lines = []
    for view in cameras:
        if view.why:
            retry = f" Next try in {view.retry_in_s:.0f} s." if view.retry_in_s else ""
            lines.append(Text(f"{view.camera}: {view.why}{retry}", _STYLES[view.state]))
        lines += [Text(f"{view.camera}: {words}", "yellow") for words in view.remarks.values()]
        if view.is_trusted_by_hand:
            words = "its certificate is accepted because the configuration names it"
            lines.append(Text(f"{view.camera}: {words}", "dim"))
    return lines
