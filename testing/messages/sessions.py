"""Names of sessions, as the store gives them."""

from hashlib import sha256


def name_secret(secret: str) -> str:
    """Give the name that tells a session's secret apart from others and is none."""
    return sha256(secret.encode()).hexdigest()[:16]
