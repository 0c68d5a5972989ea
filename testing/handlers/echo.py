"""A stage that takes everything, and fails at what asks for it."""

from runtime.work import Context, Input


def handle(event: Input, context: Context) -> None:
    """Count the event; raise where its body says so, as long as nobody has mended that."""
    context.count("echoed")
    if event.header.body == b"fail" and not (context.directory / "mended").exists():
        raise ValueError("asked to fail")
