"""A stage behind the detector: keeps every scored frame as a file of its directory."""

import msgspec

from runtime import Context, Input
from seda.messages import ScoredFacts


def keep(event: Input, context: Context) -> None:
    """Write down what came, a file a chunk; a second one for the same chunk gets another name."""
    facts = event.body(ScoredFacts)
    name = f"{facts.camera}-{facts.sequence:03}"
    number = len(list(context.directory.glob(f"{name}-*")))
    path = context.directory / f"{name}-{number}.json"
    path.write_bytes(msgspec.json.encode([facts, [it.size_bytes for it in event.payloads]]))
