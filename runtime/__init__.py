"""The handler runtime: what stands between a controller and the code of a stage.

The code of a stage imports from here what it is given and what it gives back. An async stage's
context is `AsyncContext` in `runtime.asynchronous`, apart because that imports trio. What keeps a
handler from everything else is in `runtime.sandbox`.
"""

from runtime.work import Context, Draft, Dropped, Input, Product, Received, Several

__all__ = ["Context", "Draft", "Dropped", "Input", "Product", "Received", "Several"]
