"""Why something was dropped, in words for people. The pages say the same (static/text.js)."""

WORDS = {
    "newer": "replaced by a newer frame",
    "worse waits": "a worse frame of the camera waits",
    "near zero": "nothing unusual, under load",
    "pool full": "too many frames wait",
    "stranded": "nobody else could judge it",
    "picture lost": "picture lost",
    "too old": "a sample that grew too old",
    "review full": "too many frames wait in review",
    "overtaken": "too old, newer ones came",
    "pressure": "left out under load",
    "stopping": "at a stop",
    "set aside": "its calls took too long",
    "not scored": "could not be judged",
    "lesson refused": "the detector could not learn from the verdict",
    "disk full": "no room on the disk",
}


def in_words(reason: str) -> str:
    """Return what is said of a reason; one without words of ours stands as it is counted."""
    return WORDS.get(reason, reason)
