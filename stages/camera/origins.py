"""Where a camera may lead seda, by redirects and playlists. Pure.

To itself alone: an address is host and port, since behind another port of the same host somebody
else may listen, for whom neither a question nor a password is meant. Cameras that want TLS lead
from the usual port to the usual one of the same under TLS, and that is all that they need.
"""

from typing import Self

import attrs

_USUAL_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}
_SAFER = {"http": "https", "rtsp": "rtsps"}


@attrs.frozen
class Origin:
    """Whom an address is of."""

    scheme: str
    host: str
    port: int | None
    """None for a scheme of which no usual port is known."""

    @classmethod
    def of(cls, scheme: str, host: str, port: int | None) -> Self:
        """Return the origin of an address, in which the usual port need not be written."""
        return cls(scheme, host, port or _USUAL_PORTS.get(scheme))

    @property
    def is_usual(self) -> bool:
        """Whether the port is the one that the scheme has by itself."""
        return self.port == _USUAL_PORTS.get(self.scheme)

    def __str__(self) -> str:
        """Return it as people write it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.is_usual else f":{self.port}")


def may_lead(here: Origin, there: Origin) -> bool:
    """Return whether one address may send to the other: the same, or the same under TLS."""
    if here == there:
        return True
    is_safer = there.scheme == _SAFER.get(here.scheme)
    return is_safer and here.host == there.host and here.is_usual and there.is_usual
