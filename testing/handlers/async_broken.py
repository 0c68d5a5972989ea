"""An async stage whose own part breaks."""

from runtime import Input
from runtime.asynchronous import AsyncContext


async def serve(_event: Input, _context: AsyncContext) -> None:
    """Do nothing."""


async def run(_context: AsyncContext) -> None:
    """Break."""
    raise RuntimeError("broken")
