"""What a running seda says at its operations address."""

import json
import urllib.request
from typing import Any

from testing.running.rig import Rig

_PATIENCE_S = 10.0
"""A machine under siege answers late; one that does not answer is a finding."""


def ask(rig: Rig, path: str) -> Any:  # noqa: ANN401 - as the answer is
    """Return an answer's JSON."""
    with urllib.request.urlopen(f"http://{rig.operations}{path}", timeout=_PATIENCE_S) as answer:
        return json.load(answer)


def cameras(rig: Rig) -> dict[str, dict[str, Any]]:
    """Return what is known of every camera, by name."""
    return {it["camera"]: it for it in ask(rig, "/api/v1/cameras")}
