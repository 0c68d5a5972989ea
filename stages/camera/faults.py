"""Why a camera is not seen, as names, kinds and sentences. Pure; httpx's errors are read elsewhere.

The kind decides how soon to try again: what may pass by itself soon, what a person has to change
later, and wrong credentials latest of all, since cameras lock accounts out.
"""

from collections.abc import Mapping
from typing import Literal

import attrs

from media.cut.pieces import Finding, plain
from stages.camera.origins import Origin

Kind = Literal["passing", "busy", "address", "credentials"]
RETRY_AFTER_MAX_S = 3600.0


@attrs.frozen
class Fault:
    """The end of a connection, or that there was none."""

    name: str
    sentence: str = attrs.field(converter=plain)
    kind: Kind = "passing"
    retry_after_s: float = 0.0
    """The camera asked not to be asked again before."""


class CameraFault(Exception):
    """Ends a connection with a fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence)
        self.fault = fault


def redirect_elsewhere(there: Origin) -> CameraFault:
    """Return what ends a connection that leads to somebody else, or to less secrecy."""
    words = f"The camera redirects to {there}, which seda does not follow;"
    advice = " if that is right, set it as the camera's URL."
    return CameraFault(Fault("redirect_elsewhere", words + advice, "address"))


_GONE = "The camera knows no such address ({}); check the path of its URL."
_STATUSES = {
    403: Fault(
        "forbidden",
        "The camera forbids it (403): the user may lack the right to see the live picture.",
        "credentials",
    ),
    404: Fault("not_found", _GONE.format(404), "address"),
    410: Fault("not_found", _GONE.format(410), "address"),
    407: Fault(
        "proxy_credentials",
        "The proxy asks for a user and a password; set them in the camera's proxy URL.",
        "credentials",
    ),
}


def of_finding(finding: Finding) -> Fault:
    """Return the fault that a fatal finding is: the camera sends what cannot be used."""
    return Fault(finding.name, finding.sentence, "address")


def of_status(status: int, headers: Mapping[str, str], *, has_credentials: bool) -> Fault | None:
    """Return what an HTTP status says, None where it is 2xx."""
    if 200 <= status < 300:
        return None
    if status == 401:
        return _unauthorised(has_credentials=has_credentials)
    if status in (429, 503):
        words = f"The camera is busy ({status}): perhaps too many viewers; seda asks less often."
        return Fault("busy", words, "busy", _retry_after_s(headers))
    if status >= 500:
        return Fault("camera_error", f"The camera has an error of its own ({status}).")
    words = f"The camera answers with status {status} instead of video; check its URL."
    return _STATUSES.get(status, Fault("unexpected_status", words, "address"))


def _unauthorised(*, has_credentials: bool) -> Fault:
    if has_credentials:
        words = "The camera refuses user and password (401); check both in the configuration."
        return Fault("credentials_refused", words, "credentials")
    words = "The camera asks for a user and a password (401); set them in the configuration."
    return Fault("credentials_missing", words, "credentials")


def _retry_after_s(headers: Mapping[str, str]) -> float:
    written = headers.get("retry-after", "")
    return min(float(written), RETRY_AFTER_MAX_S) if written.isdecimal() else 0.0
