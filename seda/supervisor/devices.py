"""Whether this machine has a GPU that a stage could use. Files alone: nothing is loaded for it.

Whoever then opens the GPU finds out whether it can be used, and goes on without it where it can
not. What is decided here is only how its handlers are started: no GPU survives a fork.
"""

import importlib.util
from pathlib import Path

_NODES = "nvidia[0-9]*"
_PROVIDER = Path("capi", "libonnxruntime_providers_cuda.so")


def has_cuda(devices: Path = Path("/dev"), runtime: str = "onnxruntime") -> bool:
    """Say whether there is an NVIDIA device, and a runtime that could use it."""
    if not any(devices.glob(_NODES)):
        return False
    found = importlib.util.find_spec(runtime)
    places = found.submodule_search_locations if found is not None else None
    return any(Path(place, _PROVIDER).exists() for place in places or ())
