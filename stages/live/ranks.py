"""The order of the wall: what needs somebody first. Pure, a table.

As an operator would look: first what somebody has to take on now, then what may become that, then
cameras by which nobody sees anything, then the rest. Within a rank cameras stand by name, so that
tiles do not jump about while nothing happens.

    0  an alarm that nobody has acknowledged
    1  alarming, now or among what waits
    2  unusual, likewise
    3  an alarm that somebody is looking after
    4  offline
    5  dark, frozen or stalled
    6  noticeable, now or among what waits
    7  frames wait
    8  all is well, or it is only just connecting
    9  in maintenance
"""

from seda.overview import CameraState

MAINTENANCE = 9

_ALARM = {"raised": 0, "acknowledged": 3}
_BAND = {"alarming": 1, "unusual": 2, "noticeable": 6}
_STATE: dict[CameraState, int] = {"offline": 4, "dark": 5, "frozen": 5, "stalled": 5}
_WAITING, _WELL = 7, 8


def rank(alarm: str | None, bands: tuple[str | None, ...], state: CameraState, waiting: int) -> int:
    """Return where a camera stands; the lowest is the worst."""
    return min(
        _ALARM.get(alarm or "", _WELL),
        *(_BAND.get(band or "", _WELL) for band in bands),
        _STATE.get(state, _WELL),
        _WAITING if waiting else _WELL,
    )
