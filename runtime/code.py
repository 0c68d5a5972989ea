"""Finding the code that a row of the pipeline table names."""

import importlib
import types
from collections.abc import Callable
from typing import Any

import attrs

from runtime.work import Several
from seda.pipeline import Stage
from seda.stage_config import StageConfig


class Unusable(Exception):
    """The stage's code cannot be used, in a sentence for people."""


@attrs.frozen
class Code:
    """A stage's code, imported."""

    handle: Callable[..., Any]
    """What the row names."""
    takes_several: bool = False
    """It takes all inputs of a call together."""
    run: Callable[..., Any] | None = None
    """The module's `run`, for an async stage that does something besides answering events."""


def load(config: StageConfig) -> Code:
    """Import what the row names and have it warm up, or raise Unusable."""
    try:
        module = importlib.import_module(config.row.code.partition(":")[0])
        code = _code(module, config.row)
        warm = getattr(module, "warm", None)
        if warm is not None:
            warm(config)
    except Unusable:
        raise
    except Exception as error:
        raise Unusable(
            f"stage {config.row.name!r}: {config.row.code} cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error
    return code


def _code(module: types.ModuleType, row: Stage) -> Code:
    _, _, name = row.code.partition(":")
    handle = getattr(module, name, None)
    if isinstance(handle, Several) and row.handler == "function":
        return Code(handle.function, takes_several=True)
    if not callable(handle):
        raise Unusable(
            f"stage {row.name!r}: {module.__name__} has no {row.handler} handler {name!r}; "
            f"the row's code is {row.code!r}"
        )
    return Code(handle, run=getattr(module, "run", None) if row.handler == "async" else None)
