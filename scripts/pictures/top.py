"""`python -P -m scripts.pictures.top FILE.svg`: what `seda top` shows of what runs here, drawn.

For the README; made anew when the page looks different.
"""

import re
import sys
import time
from pathlib import Path

from rich.console import Console

from seda.command.screen.asking import ask
from seda.command.screen.rates import rates
from seda.command.top import page

COLUMNS = 100
BETWEEN_S = 5.0
"""Two looks, for the rates."""
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Would be fetched from somebody else's server; the viewer's own fonts do."""


def main(file: Path) -> None:
    """Look twice at what runs on ./run, and draw it."""
    before = ask(Path("run"))
    time.sleep(BETWEEN_S)
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        now = ask(Path("run"))
        console.print(page(now, rates(before, now), has_processes=False))
    svg = console.export_svg(title="seda top")
    file.write_text(_FONTS.sub("", svg), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
