"""Hashing passwords with argon2id. Slow on purpose: callers use a limited worker thread."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_CHARS_MIN = 12
PASSWORD_CHARS_MAX = 1024
"""Longer ones would only cost time."""
_HASH_CHARS_MAX = 256

_HASHER = PasswordHasher()
_NOBODY = (
    f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)
"""Verified where there is no such user, so that an answer takes as long as for one who is.

Written down and not hashed: that would cost every process that imports this as much as a sign-in.
"""


def hash_password(password: str) -> str:
    """Hash a password, with a salt of its own."""
    if not PASSWORD_CHARS_MIN <= len(password) <= PASSWORD_CHARS_MAX:
        raise ValueError(
            f"a password has {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters, "
            f"this one has {len(password)}"
        )
    return _HASHER.hash(password)


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether a password is the one that was hashed; no hash stands for no user or no password."""
    if len(password) > PASSWORD_CHARS_MAX:
        return False
    try:
        is_right = _HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return is_right and bool(password_hash)


def is_hash(text: str) -> bool:
    """Whether this is what `hash_password` gives, and no password."""
    return text.startswith("$argon2id$") and len(text) <= _HASH_CHARS_MAX
