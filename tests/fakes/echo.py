"""A stage that takes everything, and fails at what asks for it."""

from stages.runtime.work import Context, Input


def handle(event: Input, context: Context) -> None:
    """Count the event; raise where its body says so."""
    context.count("echoed")
    if event.header.body == b"fail":
        raise ValueError("asked to fail")
