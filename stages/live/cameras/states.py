"""The states of a camera, as a table. Imports nothing of ours and decides nothing else.

Three things are known of a camera: whether it is connected, how long it has shown nothing, and what
its picture looks like.

    connecting   no connection, or one without a picture yet; it showed something a moment ago,
                 or was only just added
    live         pictures come when they are taken, and they change
    stalled      connected, but pictures have ceased to come, or come late
    frozen       pictures come, and they are all the same
    dark         pictures come, and they are black or without any structure
    offline      nothing has been seen for so long that somebody has to look after it, whatever
                 the connection says
"""

from typing import Literal, get_args

from seda.overview import CameraState

STATES: tuple[CameraState, ...] = get_args(CameraState)

Link = Literal["trying", "connected"]
"""connected: and at least one picture has come through this connection."""
Flow = Literal["flows", "late", "gone"]
"""Pictures: come in the camera's usual rhythm, are late, have not come for long."""
Picture = Literal["moves", "frozen", "dark"]

_SHOWN: dict[Picture, CameraState] = {"moves": "live", "frozen": "frozen", "dark": "dark"}
_NOT_SHOWN: dict[tuple[Link, Flow], CameraState] = {
    ("trying", "flows"): "connecting",
    ("trying", "late"): "connecting",
    ("trying", "gone"): "offline",
    ("connected", "late"): "stalled",
    ("connected", "gone"): "offline",
}


def state_of(link: Link, flow: Flow, picture: Picture) -> CameraState:
    """Return the state; the picture matters only while pictures come."""
    return _NOT_SHOWN.get((link, flow)) or _SHOWN[picture]
