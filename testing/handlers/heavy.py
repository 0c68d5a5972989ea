"""A stage with the imports of those that decode and judge."""

import importlib

import av
import numpy as np

from runtime import Context, Input, Product

_LIBRARIES = (av, np, importlib.import_module("onnxruntime"))  # which has no types


def handle(event: Input, _context: Context) -> Product:
    """Use one of the libraries."""
    return event.drop(f"sum {int(np.ones(3).sum())} of {len(_LIBRARIES)}")
