"""For which names the operations address answers. Pure.

It asks nobody for a password, so a page of somebody else must not come to read it: a browser on
this machine that was led here by a name of theirs (DNS rebinding) says that name, and is refused.
"""

import re
from ipaddress import ip_address

_HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9_.-]+))(?::[0-9]{1,5})?")
LOCAL = "localhost"


def is_ours(host: str, names: frozenset[str]) -> bool:
    """Return whether a request for this host is for us: a number, localhost, or a name of ours."""
    found = _HOST.fullmatch(host.strip())
    if found is None:
        return False
    name = (found["six"] or found["name"]).rstrip(".").lower()
    return name == LOCAL or name in names or _is_number(name)


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
