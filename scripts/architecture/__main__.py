"""`python -P -m scripts.architecture`: draws design/architecture.svg anew from the table."""

import sys
from pathlib import Path

from scripts.architecture.drawing import draw

PICTURE = Path(__file__).parents[2] / "design" / "architecture.svg"


def main() -> None:
    """Draw the picture, and say where it is."""
    PICTURE.write_text(draw(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE}\n")


if __name__ == "__main__":
    main()
