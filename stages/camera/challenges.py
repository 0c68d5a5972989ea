"""Reads in which ways a camera wants to be told the password, and chooses one. Pure.

Cameras offer several ways, in one line or in many, some that nobody speaks, some half written. The
one that is chosen is written anew, so that whoever answers it meets nothing unexpected.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import attrs

from stages.camera.faults import CameraFault, Fault

_SCHEME = re.compile(r"(?:^|,)\s*(basic|digest)(?:\s*$|\s+(?=[\w-]+\s*=))", re.IGNORECASE)
"""With a parameter behind it, or it is a word in somebody's realm."""
_PARAMETER = re.compile(r'(?<![\w-])([\w-]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,"]+))')
"""Begun only where a name begins, and never given back: a head full of letters is read once."""
_DIGESTS = frozenset({"MD5", "MD5-SESS", "SHA", "SHA-SESS"})
_STRONG_DIGESTS = frozenset({"SHA-256", "SHA-256-SESS", "SHA-512", "SHA-512-SESS"})


@attrs.frozen
class Challenge:
    """One way to be told the password."""

    scheme: Literal["basic", "digest"]
    header: str
    """As WWW-Authenticate would say it, had the camera offered nothing else."""
    parameters: Mapping[str, str] = attrs.Factory(dict)
    """Of digest, names in lower case."""


def choose(offers: Iterable[str]) -> Challenge | None:
    """Return the safest way that can be answered, None where none is known by name."""
    ways = [way for offer in offers for way in _ways(offer)]
    digests = [parameters for scheme, parameters in ways if scheme == "digest"]
    answerable = [it for it in digests if _can_answer(it)]
    if answerable:
        best = next((it for it in answerable if _algorithm(it) in _STRONG_DIGESTS), answerable[0])
        return Challenge("digest", _written(best), best)
    if len(ways) > len(digests):
        return Challenge("basic", "Basic")
    if digests:
        raise CameraFault(_unknown(digests[0]))
    return None


def _ways(offer: str) -> Iterator[tuple[str, dict[str, str]]]:
    found = list(_SCHEME.finditer(offer))
    ends = [match.start() for match in found[1:]] + [len(offer)]
    for match, end in zip(found, ends, strict=True):
        parameters = _PARAMETER.findall(offer[match.end() : end])
        yield match[1].lower(), {name.lower(): quoted or bare for name, quoted, bare in parameters}


def _algorithm(parameters: Mapping[str, str]) -> str:
    return parameters.get("algorithm", "MD5").upper()


def _can_answer(parameters: Mapping[str, str]) -> bool:
    if not {"realm", "nonce"} <= parameters.keys():
        return False
    protections = [it.strip() for it in parameters.get("qop", "auth").split(",")]
    return "auth" in protections and _algorithm(parameters) in _DIGESTS | _STRONG_DIGESTS


def _written(parameters: Mapping[str, str]) -> str:
    values = {**parameters, "qop": "auth"} if "qop" in parameters else parameters
    return "Digest " + ", ".join(f'{name}="{value}"' for name, value in values.items())


def _unknown(parameters: Mapping[str, str]) -> Fault:
    kind = f"{_algorithm(parameters)[:24]}, {parameters.get('qop', 'no qop')[:24]}"
    words = (
        f"The camera wants the password by a kind of digest that seda does not speak ({kind});"
        " set it to digest with MD5 or SHA-256, or to basic."
    )
    return Fault("authentication_unknown", words, "credentials")
