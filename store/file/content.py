"""Values as text in the store: JSON that is the same for the same value."""

import json


def to_json(value: object) -> str:
    """Write a value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> object:
    """Read a value."""
    value: object = json.loads(text)
    return value
